import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { startedApi } from './api.fixture.ts'
import type { Answer, Caller } from './api.fixture.ts'

const present = readFileSync(new URL('../../devices/profiles/dragino-lse01/codec.js', import.meta.url), 'utf8')

let admin: Caller
beforeEach(async () => {
  admin = await (await startedApi()).as('administrator')
})

const tryCodec = (codec: string, id = 'dragino-lse01'): Promise<Answer> =>
  admin('POST', `/profiles/${id}/codec?dryRun=true`, { codec })

/** The results of the examples, each once. */
function resultsIn({ body }: Answer): ReadonlySet<string> {
  return new Set((body as { examples: readonly { result: string }[] }).examples.map(({ result }) => result))
}

describe('a codec on trial', () => {
  test('that is the present one changes no example', async () => {
    const answer = await tryCodec(present)

    expect(answer).toMatchObject({ status: 200, body: { isStateful: false } })
    expect(resultsIn(answer)).toEqual(new Set(['same']))
  })

  test('is tried with downlinks, too', async () => {
    const valve = readFileSync(new URL('../../devices/profiles/milesight-uc511/codec.js', import.meta.url), 'utf8')
    const { body } = await tryCodec(valve, 'milesight-uc511')

    const { examples } = body as { readonly examples: readonly { readonly isAsStated: boolean }[] }
    expect(examples.filter(({ isAsStated }) => !isAsStated)).toEqual([])
  })

  test('that answers otherwise is shown field by field', async () => {
    const wrapper = `${present}\nconst before = decodeUplink\ndecodeUplink = input => { const o = before(input); if (o.data) { o.data.extra = 1 } return o }`
    const { body } = await tryCodec(wrapper)

    expect(body).toMatchObject({
      examples: expect.arrayContaining([
        expect.objectContaining({
          result: 'changed',
          isAsStated: false,
          changes: [expect.objectContaining({ field: 'data.extra', after: 1 })]
        })
      ]) as unknown
    })
  })

  test.each([
    ['throws', 'function decodeUplink() { throw new Error("no") }', 'Error: no'],
    ['cannot be read', 'function (', 'SyntaxError'],
    ['never ends', 'function decodeUplink() { for (;;); }', 'did not end in time']
  ])('that %s fails, with the reason', async (_title, codec, reason) => {
    const { body } = await tryCodec(codec)

    expect(body).toMatchObject({
      examples: expect.arrayContaining([
        expect.objectContaining({ result: 'fails', reason: expect.stringContaining(reason) as string })
      ]) as unknown
    })
  })

  test('that remembers is called stateful', async () => {
    const { body } = await tryCodec('let n = 0; function decodeUplink() { return { data: { n: n++ } } }')

    expect(body).toMatchObject({ isStateful: true })
  })

  test('leaves the codec in use as it was', async () => {
    await tryCodec('function decodeUplink() { return { data: {} } }')

    expect(resultsIn(await tryCodec(present))).toEqual(new Set(['same']))
  })
})

test.each([
  ['without dryRun', '/profiles/dragino-lse01/codec', { codec: 'x' }, 400, 'SEN_INPUT_INVALID'],
  ['without a codec', '/profiles/dragino-lse01/codec?dryRun=true', {}, 400, 'SEN_INPUT_INVALID'],
  ['a profile that is not there', '/profiles/nothing/codec?dryRun=true', { codec: 'x' }, 404, 'SEN_NOT_FOUND'],
  ['a profile of JSON', '/profiles/json-weather/codec?dryRun=true', { codec: 'x' }, 400, 'SEN_INPUT_INVALID'],
  ['more than 1 MiB', '/profiles/dragino-lse01/codec?dryRun=true', { codec: ' '.repeat(1_100_000) }, 400, 'SEN_']
])('refuses %s', async (_title, path, body, status, code) => {
  const answer = await admin('POST', path, body)

  expect(answer.status).toBe(status)
  expect(JSON.stringify(answer.body)).toContain(code)
})

test('tries one codec at a time', async () => {
  const answers = await Promise.all([tryCodec(present), tryCodec(present)])

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 503])
})
