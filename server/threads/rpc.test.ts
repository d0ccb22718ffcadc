import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Remote } from 'comlink'
import { SenError } from '../../model/errors.ts'
import { connect, line } from './rpc.ts'
import type { Echo } from './rpc.fixture.ts'
import { Thread } from './thread.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const module = new URL('./rpc.fixture.ts', import.meta.url)
const deaths: unknown[] = []
const { here, there } = line()
let thread: Thread<Echo>
let byLine: Remote<Echo>

beforeAll(() => {
  thread = new Thread({
    name: 'echo',
    module,
    data: { lines: [there] },
    ports: [there],
    onDeath: cause => deaths.push(cause),
    log
  })
  byLine = connect<Echo>(here)
})

afterAll(async () => {
  here.close()
  await thread.end()
})

const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error
  )

describe('calls to another thread', () => {
  it.each([['text'], [7], [undefined], [{ nested: [1, Number.NaN, null] }], [Float64Array.from([1, 2])]])(
    'bring %o there and back',
    async value => {
      expect(await thread.call.echo(value)).toEqual(value)
      expect(await byLine.echo(value)).toEqual(value)
    }
  )

  it('answer each its own, many at once', async () => {
    const numbers = Array.from({ length: 500 }, (_, i) => i)
    expect(await Promise.all(numbers.map(i => (i % 2 === 0 ? thread.call : byLine).echo(i)))).toEqual(numbers)
  })

  it('throw Sen’s errors with code, message, hint and the stack of where they arose', async () => {
    const error = await errorOf(thread.call.refuse())
    expect(error).toBeInstanceOf(SenError)
    expect(error).toMatchObject({
      code: 'SEN_CONFLICT',
      message: 'add site ruong: the id is taken',
      hint: 'Choose another id.',
      stack: expect.stringContaining('rpc.fixture') as string
    })
  })

  it('throw what is rejected later alike, on every line', async () => {
    const error = await errorOf(byLine.refuseLater())
    expect(error).toBeInstanceOf(SenError)
    expect(error).toMatchObject({ code: 'SEN_NOT_FOUND', hint: undefined })
  })

  it.each([
    ['a plain error', () => thread.call.fail(), 'plain'],
    ['an error with a code of somebody else’s', () => thread.call.failLike('ENOSPC'), 'no error of Sen’s'],
    ['an error that only looks like Sen’s', () => thread.call.failLike('SEN_CONFLICT'), 'no error of Sen’s'],
    ['what is no error', () => thread.call.throwWord(), 'a word']
  ])('throw %s as a plain error', async (_, call, message) => {
    const error = await errorOf(call())
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(SenError)
    expect(error).toMatchObject({ message })
  })

  it('leave the thread alive', async () => {
    await errorOf(thread.call.refuse())
    expect(await thread.call.echo(1)).toBe(1)
    expect(deaths).toEqual([])
  })
})

describe('a thread', () => {
  const start = (onDeath: (cause: unknown) => void, at: URL) =>
    new Thread<Echo>({ name: 'other', module: at, data: { lines: [] }, ports: [], onDeath, log })

  it('that ends by an error says so, with the error', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    start(resolve, new URL('data:text/javascript,throw new Error("no ground")'))
    expect(await promise).toMatchObject({ message: 'no ground' })
  })

  it('that is told to end does not', async () => {
    const deathsOfOther: unknown[] = []
    const other = start(cause => deathsOfOther.push(cause), module)
    await other.call.echo(1)
    await other.end()
    await other.end()
    expect(deathsOfOther).toEqual([])
  })
})
