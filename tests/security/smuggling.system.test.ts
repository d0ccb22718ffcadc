import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SecuredSen, proxyAddress } from './secured-sen.fixture.ts'
import { ask, shakeHands } from './client.ts'

/* Fault row X13: requests that two readers would read differently, and senders who say that they are somebody else. */
let on: SecuredSen

beforeAll(async () => {
  on = await SecuredSen.start()
}, 120_000)

afterAll(async () => {
  await on.remove()
})

const doors = ['plain', 'TLS'] as const

async function open(door: (typeof doors)[number]): Promise<Socket> {
  if (door === 'TLS') return shakeHands(Number(new URL(on.origin).port), { ca: on.certificates.authority.cert })
  const socket = connectTcp({ host: '127.0.0.1', port: Number(new URL(on.ready.http).port) })
  await once(socket, 'connect')
  return socket
}

/** Sends bytes. @returns all that came back until Sen closed the connection. */
async function exchange(door: (typeof doors)[number], bytes: string): Promise<string> {
  const socket = await open(door)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  socket.write(Buffer.from(bytes.replace('TOKEN', on.token), 'latin1'))
  await once(socket, 'close')
  return answer
}

const statusesOf = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

/** A second request, within what one of two readers takes for the body of the first. */
const hidden = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'

function post(headers: string, body: string): string {
  return `POST /api/v1/ingest/telemetry?device=d&site=s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n${headers}\r\n\r\n${body}`
}

const chunked = `0\r\n\r\n${hidden}`

const ambiguous: readonly (readonly [string, string])[] = [
  ['two lengths', post(`Content-Length: ${hidden.length}\r\nContent-Length: 0`, hidden)],
  ['the same length twice', post('Content-Length: 2\r\nContent-Length: 2', `{}${hidden}`)],
  ['two lengths in one header', post('Content-Length: 2, 40', `{}${hidden}`)],
  ['a length with a sign', post('Content-Length: +2', `{}${hidden}`)],
  ['a length below 0', post('Content-Length: -2', `{}${hidden}`)],
  ['a hexadecimal length', post('Content-Length: 0x2', `{}${hidden}`)],
  ['a length of 2^64 + 2', post('Content-Length: 18446744073709551618', `{}${hidden}`)],
  ['a length and chunks', post(`Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked`, chunked)],
  ['chunks and a length', post(`Transfer-Encoding: chunked\r\nContent-Length: ${chunked.length}`, chunked)],
  ['an encoding nobody knows', post('Transfer-Encoding: xchunked', chunked)],
  ['an encoding in quotes', post('Transfer-Encoding: "chunked"', chunked)],
  ['chunks that are not the last encoding', post('Transfer-Encoding: chunked, identity', chunked)],
  ['chunks in chunks', post('Transfer-Encoding: chunked, chunked', chunked)],
  ['two encodings in two headers', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', chunked)],
  ['a space before the colon', post(`Transfer-Encoding : chunked\r\nContent-Length: ${chunked.length}`, chunked)],
  ['a header that goes on in a second line', post('Transfer-Encoding:\r\n chunked', chunked)],
  ['a vertical tab before the encoding', post('Transfer-Encoding: \x0bchunked', chunked)],
  ['a NUL in a header', post('X-Other: a\0b\r\nContent-Length: 0', hidden)],
  ['a line that ends without CR', post('X-Other: a\nTransfer-Encoding: chunked', chunked)],
  ['a CR within a header', post('X-Other: a\rTransfer-Encoding: chunked', chunked)],
  ['a chunk size with a sign', post('Transfer-Encoding: chunked', `+0\r\n\r\n${hidden}`)],
  ['a chunk size in the form of C', post('Transfer-Encoding: chunked', `0x0\r\n\r\n${hidden}`)],
  ['a chunk size of more than 64 bits', post('Transfer-Encoding: chunked', `10000000000000000\r\n\r\n${hidden}`)],
  ['a chunk that ends without CR LF', post('Transfer-Encoding: chunked', `2\r\n{}0\r\n\r\n${hidden}`)],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['a version of its own', 'GET /healthz HTTP/1.2\r\nHost: localhost\r\n\r\n'],
  ['the words of a proxy before the request (PROXY protocol 1)', `PROXY TCP4 198.51.100.1 127.0.0.1 1 2\r\n${hidden}`],
  [
    'the bytes of a proxy before the request (PROXY protocol 2)',
    `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x01\x7f\0\0\x01\0\x01\0\x02${hidden}`
  ]
]

describe.each(doors)('a request at the %s door', door => {
  it.each(ambiguous)('with %s is answered 400, once, and nothing after it is read', async (_, bytes) => {
    const answer = await exchange(door, bytes)
    expect(statusesOf(answer)).toEqual([400])
    expect(answer).not.toContain('sen_')
  })
})

it('closes the MQTT door on the words of a proxy', async () => {
  const { mqtt } = on.ready
  const socket = connectTcp({ host: '127.0.0.1', port: Number(new URL(mqtt ?? '').port) })
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  socket.write('PROXY TCP4 198.51.100.1 127.0.0.1 1 2\r\n')
  await once(socket, 'close')
  expect(answer).toBe('')
})

describe('the limit on logins', () => {
  const wrong = { method: 'POST', body: { token: 'wrong' } }
  let count = 0
  const invented = () => ({ 'x-forwarded-for': `198.51.100.${++count}` })
  const login = async (from: string, headers: Readonly<Record<string, string>>) => {
    const { status, headers: answered } = await ask(`${on.origin}/api/v1/session`, {
      ...wrong,
      from,
      headers,
      ca: on.certificates.authority.cert
    })
    return status === 429 ? `429 ${answered['retry-after'] === undefined ? 'for ever' : 'for a while'}` : status
  }

  it('counts by the address of the connection, whatever its sender says of itself', async () => {
    const names = [
      ...['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip', 'x-cluster-client-ip']
    ]
    const all = () =>
      Object.fromEntries([...names.map(name => [name, `198.51.100.${++count}`]), ['forwarded', 'for=198.51.100.9']])
    const answers = []
    for (let i = 0; i < 22; i++) answers.push(await login('127.0.0.3', all()))
    expect(answers).toEqual([...Array<number>(20).fill(401), '429 for a while', '429 for a while'])
  })

  it('counts by what a trusted proxy says, and by its last word, not by what its client wrote before', async () => {
    for (let i = 0; i < 20; i++) {
      expect(await login(proxyAddress, { 'x-forwarded-for': `${invented()['x-forwarded-for']}, 203.0.113.7` })).toBe(
        401
      )
    }
    expect(await login(proxyAddress, { 'x-forwarded-for': '198.51.100.200, 203.0.113.7' })).toBe('429 for a while')
    expect(await login(proxyAddress, { 'x-forwarded-for': '203.0.113.8' })).toBe(401)
  })
})
