import { expect, test, vi } from 'vitest'
import { Http, LinkError, type HttpProps } from './http.ts'
import { ApiError } from './problem.ts'

type Answer = () => Response | Promise<Response>

function setUp(answer: Answer, props: Partial<HttpProps> = {}) {
  const asked: { readonly url: string; readonly init: RequestInit }[] = []
  const onRefused = vi.fn<() => void>()
  const http = new Http({
    fetch: (url, init) => {
      asked.push({ url: String(url), init: init ?? {} })
      return new Promise((resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        Promise.resolve(answer()).then(resolve, reject)
      })
    },
    onServerTime: () => {},
    onRefused,
    ...props
  })
  const headers = () => new Headers(asked.at(-1)?.init.headers)
  return { http, asked, onRefused, headers }
}

const never: Answer = () => new Promise(() => {})
const problem = (status: number, body: object, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json', ...headers } })

test('sends JSON and reads JSON', async () => {
  const { http, asked, headers } = setUp(() => Response.json({ id: 'a' }))
  expect(await http.post('people', { name: 'Lan' }, { idempotencyKey: 'k1' })).toEqual({ id: 'a' })

  expect(asked[0]).toMatchObject({ url: '/api/v1/people', init: { method: 'POST', body: '{"name":"Lan"}' } })
  expect(headers().get('content-type')).toBe('application/json')
  expect(headers().get('idempotency-key')).toBe('k1')
})

test('an empty answer is undefined', async () => {
  const { http, headers } = setUp(() => new Response(null, { status: 204 }))
  expect(await http.delete('tokens/1')).toBeUndefined()
  expect(headers().has('content-type')).toBe(false)
})

test('says of what it asks by itself that nobody asked', async () => {
  const { http, headers } = setUp(() => Response.json({}))
  await http.get('session', { isBackground: true })
  expect(headers().get('x-sen-background')).toBe('1')
  await http.get('session')
  expect(headers().has('x-sen-background')).toBe(false)
})

test('a refusal carries code, detail, tries left and when to ask again', async () => {
  const { http } = setUp(() =>
    problem(429, { code: 'SEN_TRIES', detail: 'too many', triesLeft: 0 }, { 'retry-after': '900' })
  )
  const error = await http.post('session/password', {}, { isEntry: true }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status: 429, code: 'SEN_TRIES', message: 'too many', triesLeft: 0, retryAfterS: 900 })
})

test('a refusal that is no problem document still has its status', async () => {
  const { http } = setUp(() => new Response('<html>Bad gateway', { status: 502 }))
  await expect(http.get('people')).rejects.toMatchObject({ status: 502, message: 'HTTP 502', code: undefined })
})

test('401 raises doubt about the session, but not where it is part of signing in', async () => {
  const { http, onRefused } = setUp(() => problem(401, { code: 'SEN_UNAUTHENTICATED' }))
  await expect(http.post('session/password', {}, { isEntry: true })).rejects.toThrow(ApiError)
  expect(onRefused).not.toHaveBeenCalled()
  await expect(http.get('people')).rejects.toThrow(ApiError)
  expect(onRefused).toHaveBeenCalledOnce()
})

test('gives up after its time limit and says that the link is slow', async () => {
  const { http } = setUp(never, { timeoutMs: 5 })
  await expect(http.get('people')).rejects.toMatchObject({ name: 'LinkError', reason: 'too-slow' })
})

test('says that the server cannot be reached', async () => {
  const { http } = setUp(() => Promise.reject(new TypeError('Failed to fetch')))
  const error = await http.get('people').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(LinkError)
  expect(error).toMatchObject({ reason: 'unreachable' })
})

test('what the caller no longer wants is no failure of the link', async () => {
  const { http } = setUp(never)
  const unwanted = new AbortController()
  const asking = http.get('people', { signal: unwanted.signal })
  unwanted.abort(new Error('gone elsewhere'))
  await expect(asking).rejects.toThrow('gone elsewhere')
})
