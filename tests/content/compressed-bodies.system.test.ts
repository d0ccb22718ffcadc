import { connect } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen, basic } from './content-sen.ts'
import { ThreadDebugger, debuggable } from './thread-debugger.ts'

/* Nothing that comes in is ever decompressed, so nothing can grow: compressed bodies are refused by their headers, unread. */
let sen: ContentSen
let watcher: ThreadDebugger

beforeAll(async () => {
  sen = await ContentSen.start({ 'lua-01': 'json-weather' }, { environment: debuggable })
  watcher = await ThreadDebugger.attach(sen.process, [])
}, 60_000)

afterAll(async () => {
  watcher.close()
  await sen.remove()
})

const zeros = Buffer.alloc(64 * 1024 * 1024)
const bombs: readonly (readonly [encoding: string, body: Buffer])[] = [
  ['gzip', gzipSync(zeros)],
  ['x-gzip', gzipSync(zeros)],
  ['GZIP', gzipSync('{"ph":7}')],
  ['deflate', deflateSync(zeros)],
  ['deflate', deflateRawSync(zeros)],
  ['br', brotliCompressSync(zeros)],
  ['zstd', zstdCompressSync(zeros)],
  ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ['identity, gzip', gzipSync(zeros)],
  ['compress', Buffer.from([0x1f, 0x9d])]
]

describe('a compressed body', { timeout: 60_000 }, () => {
  it.each(bombs)('in %s is answered 415, with what is wrong and what to do', async (encoding, body) => {
    const answer = await sen.post('lua-01', body, { 'content-encoding': encoding })
    expect(answer.status).toBe(415)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.headers.get('accept-encoding')).toBe('identity')
    expect(await answer.json()).toMatchObject({ code: 'SEN_MEDIA_UNSUPPORTED', hint: expect.any(String) as string })
  })

  it.each(['/sites', '/registry', '/session', '/ingest/chirpstack?event=up'])(
    'is refused on %s as well',
    async path => {
      const answer = await fetch(`${sen.http}/api/v1${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${sen.token}`,
          'content-type': 'application/json',
          'content-encoding': 'gzip'
        },
        body: new Uint8Array(gzipSync('{}'))
      })
      expect([path, answer.status]).toEqual([path, 415])
    }
  )

  it('costs at most 50 ms of processor time and 4 MiB', async () => {
    const look = async () =>
      JSON.parse(
        String(await watcher.inMain('JSON.stringify([process.cpuUsage(), process.memoryUsage().external])'))
      ) as [{ readonly user: number; readonly system: number }, number]
    const bomb = gzipSync(zeros)
    await sen.post('lua-01', bomb, { 'content-encoding': 'gzip' })
    const [cpuBefore, memoryBefore] = await look()
    const times = 10
    for (let i = 0; i < times; i++) await sen.post('lua-01', bomb, { 'content-encoding': 'gzip' })
    const [cpu, memory] = await look()
    expect((cpu.user + cpu.system - cpuBefore.user - cpuBefore.system) / 1000 / times).toBeLessThan(50)
    expect(memory - memoryBefore).toBeLessThan(4 * 1024 * 1024)
  })

  it.each([
    ['compressed', 'Content-Encoding: gzip'],
    ['in a transfer coding that nobody reads', 'Transfer-Encoding: gzip, chunked']
  ])('that is %s and never ends is not waited for', async (_title, header) => {
    const chunked = header.startsWith('Transfer') ? header : `${header}\r\nTransfer-Encoding: chunked`
    const { answer, sentBytes } = await endlessPost(chunked)
    expect(answer).toMatch(/^HTTP\/1\.1 (?:415|400|501) /)
    expect(sentBytes).toBeLessThan(mostUnread)
  })

  it('that says nothing of it is bytes like any other: kept, and set aside as no JSON', async () => {
    expect((await sen.post('lua-01', gzipSync('{"ph":7}'))).status).toBe(202)
    const { messages } = await sen.accounts()
    const [newest] = await sen.quarantine(messages.quarantined)
    expect(newest).toMatchObject({ reason: 'json-invalid', device: 'lua-01' })
    expect((await sen.rows('lua-01', 'ph')).value).toEqual([])
  })

  it('is not what a plain one is', async () => {
    expect((await sen.post('lua-01', '{"turbidity":7}', { 'content-encoding': 'identity' })).status).toBe(202)
    await sen.accounts()
    expect((await sen.rows('lua-01', 'turbidity')).value).toEqual([7])
  })
})

describe('a long body', { timeout: 60_000 }, () => {
  it('of a stranger is answered before it is read', async () => {
    for (const path of ['/ingest/telemetry?device=lua-01', '/registry', '/nowhere']) {
      const { answer, sentBytes } = await endlessPost('Transfer-Encoding: chunked', path, '')
      expect([path, /^HTTP\/1\.1 40[14] /.test(answer), sentBytes < mostUnread]).toEqual([path, true, true])
    }
  })

  it('of a known caller ends at the limit', async () => {
    const { answer, sentBytes } = await endlessPost('Transfer-Encoding: chunked')
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(sentBytes).toBeLessThan(mostUnread)
  })
})

/** What a server may take of a body before it says no: at 64 KiB every 10 ms, a third of a second's worth. */
const mostUnread = 2 * 1024 * 1024

/** Posts without end until the server closes. */
function endlessPost(
  headers: string,
  path = '/ingest/telemetry?device=lua-01',
  authorization = `Authorization: ${basic(sen.login)}\r\n`
): Promise<{ readonly answer: string; readonly sentBytes: number }> {
  const { hostname, port } = new URL(sen.http)
  const socket = connect(Number(port), hostname)
  const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')])
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()))
  // The server closes while we write.
  socket.on('error', () => undefined)
  socket.write(`POST /api/v1${path} HTTP/1.1\r\nHost: sen\r\n${authorization}${headers}\r\n\r\n`)
  // Unhurried, as a device on a slow line: a flood would drown the answer in the reset that follows it.
  const writing = setInterval(() => socket.write(piece), 10)
  return new Promise(resolve => {
    socket.on('close', () => {
      clearInterval(writing)
      resolve({ answer, sentBytes: socket.bytesWritten })
    })
  })
}
