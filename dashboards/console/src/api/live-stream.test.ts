import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backoffMs } from './backoff.ts'
import { LiveStream, type Link } from './live-stream.ts'
import { ApiError } from './problem.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server whose streams the test writes to and ends by hand. */
function setUp(onOpen: (attempt: number) => Promise<void> = async () => {}) {
  const links: Link[] = []
  const events: string[] = []
  const streams: ReadableStreamDefaultController<Uint8Array>[] = []
  const answers: (number | Error)[] = []
  const fakeFetch: typeof fetch = async (_url, init) => {
    const answer = answers.shift() ?? 200
    if (answer instanceof Error) throw answer
    if (answer !== 200) return new Response('', { status: answer })
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        streams.push(controller)
        init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
      }
    })
    return new Response(body)
  }
  const stream = new LiveStream({
    url: '/api/v1/events',
    fetch: fakeFetch,
    now: () => Date.now(),
    random: () => 0,
    onOpen: () => onOpen(streams.length),
    onEvent: ({ event }) => events.push(event),
    onLink: link => links.push(link),
    onHeard: () => {},
    silenceMs: 45_000
  })
  return { stream, links, events, streams, answers, kinds: () => links.map(({ kind }) => kind) }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const settle = () => vi.advanceTimersByTimeAsync(0)

test('is live once the stream is open and the state has been loaded', async () => {
  const { stream, kinds, events, streams } = setUp()
  stream.start()
  await settle()
  streams[0]!.enqueue(bytes('event: readings\ndata: {}\n\n'))
  await settle()

  expect(kinds()).toEqual(['connecting', 'live'])
  expect(events).toEqual(['readings'])
  stream.stop()
})

test('comes back by itself after the server went away, trying less and less often', async () => {
  const { stream, kinds, links, streams, answers } = setUp()
  stream.start()
  await settle()
  answers.push(new TypeError('refused'), 503)
  streams[0]!.close()
  await settle()
  expect(links.at(-1)).toMatchObject({ kind: 'lost', retryAt: Date.now() + 500 })
  await vi.advanceTimersByTimeAsync(500)
  expect(links.at(-1)).toMatchObject({ kind: 'lost', reason: 'refused', retryAt: Date.now() + 1_000 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(links.at(-1)).toMatchObject({ kind: 'lost', reason: 'HTTP 503', retryAt: Date.now() + 2_000 })
  await vi.advanceTimersByTimeAsync(2_000)

  expect(kinds().at(-1)).toBe('live')
  stream.stop()
})

test('gives up a stream that is silent, as a dead link is', async () => {
  const { stream, links, streams } = setUp()
  stream.start()
  await vi.advanceTimersByTimeAsync(40_000)
  streams[0]!.enqueue(bytes(': heartbeat\n\n'))
  await vi.advanceTimersByTimeAsync(40_000)
  expect(links.at(-1)?.kind).toBe('live')
  await vi.advanceTimersByTimeAsync(5_000)

  expect(links.at(-1)).toMatchObject({ kind: 'lost', reason: 'nothing heard for 45000 ms' })
  stream.stop()
})

test('a state that cannot be loaded loses the link', async () => {
  const { stream, kinds, links } = setUp(async attempt => {
    if (attempt === 1) throw new ApiError(500, 'the store is down')
  })
  stream.start()
  await settle()
  expect(links.at(-1)).toMatchObject({ kind: 'lost', reason: 'the store is down' })
  await vi.advanceTimersByTimeAsync(500)

  expect(kinds().at(-1)).toBe('live')
  stream.stop()
})

test('stops at 401 until it is started again', async () => {
  const { stream, kinds, answers } = setUp()
  answers.push(401)
  stream.start()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(kinds()).toEqual(['connecting', 'signed-out'])
  stream.start()
  await settle()

  expect(kinds()).toEqual(['connecting', 'signed-out', 'connecting', 'live'])
  stream.stop()
})

test('retryNow ends the wait', async () => {
  const { stream, kinds, answers } = setUp()
  answers.push(new TypeError('refused'))
  stream.start()
  await settle()
  stream.retryNow()
  await settle()

  expect(kinds().at(-1)).toBe('live')
  stream.stop()
})

test('says nothing more after stop', async () => {
  const { stream, links, streams } = setUp()
  stream.start()
  await settle()
  stream.stop()
  const said = links.length
  await vi.advanceTimersByTimeAsync(120_000)

  expect(links.length).toBe(said)
  expect(streams.length).toBe(1)
})

test('the wait doubles from 1 s to 30 s, half of it random', () => {
  expect([0, 1, 2, 3, 4, 5, 60].map(attempt => backoffMs(attempt, 0))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000
  ])
  expect(backoffMs(60, 1)).toBe(30_000)
})
