import { connect as connectSocket } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { extent, metricsOf, post, startedSen } from '../durability/load-run.fixture.ts'
import { connect } from '../protocol/packets.ts'
import type { Login } from '../protocol/mutations.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { HealthWatch } from './health-watch.ts'
import { addSite, mqttPortOf, refusedCount } from './overload.fixture.ts'

/* Connections that keep Sen waiting: they say nothing, too little, or a byte a second. */
const socketsInAll = extent(300, 1000, 5000)
const closedWithinMs = 10_000
/** Timers of both processes run late on a busy machine. */
const graceMs = 500

let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

/** How a connection keeps its server waiting. */
interface Trick {
  readonly name: string
  readonly door: 'mqtt' | 'http'
  /** Said at once. */
  readonly opening: Uint8Array | string
  /** One byte of it a second follows. */
  readonly drip: Uint8Array | string
  /** The time counts from here: what the server says before it waits. */
  readonly after?: string
}

function tricks(token: string, login: Login): readonly Trick[] {
  const hello = connect({ clientId: 'slow', ...login })
  const request = 'POST /api/v1/ingest/telemetry?device=d&site=s HTTP/1.1\r\nHost: sen\r\n'
  const known = `${request}Authorization: Bearer ${token}\r\nContent-Length: 1000\r\n\r\n`
  const upgrade =
    'GET /mqtt HTTP/1.1\r\nHost: sen\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n'
  const frame = Buffer.concat([Buffer.from([0x82, 0x80 | hello.length, 0, 0, 0, 0]), hello])
  return [
    { name: 'MQTT, nothing', door: 'mqtt', opening: '', drip: '' },
    { name: 'MQTT, half a CONNECT', door: 'mqtt', opening: hello.subarray(0, 20), drip: '' },
    { name: 'MQTT, a byte a second', door: 'mqtt', opening: '', drip: hello },
    { name: 'HTTP, nothing', door: 'http', opening: '', drip: '' },
    { name: 'HTTP, half a header', door: 'http', opening: request, drip: '' },
    { name: 'HTTP, a byte of header a second', door: 'http', opening: '', drip: request },
    { name: 'HTTP, half a body', door: 'http', opening: `${known}{"seq":`, drip: '' },
    { name: 'HTTP, a byte of body a second', door: 'http', opening: known, drip: ' '.repeat(1000) },
    { name: 'WebSocket, half an upgrade', door: 'http', opening: upgrade.slice(0, -2), drip: '' },
    { name: 'WebSocket, nothing after the upgrade', door: 'http', opening: upgrade, drip: '', after: '\r\n\r\n' },
    { name: 'WebSocket, a byte a second after it', door: 'http', opening: upgrade, drip: frame, after: '\r\n\r\n' }
  ]
}

/** Plays the trick. @returns ms from when the server began to wait until it closed the connection. */
async function play({ opening, drip, after }: Trick, port: number): Promise<number> {
  const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => undefined)
  const closed = new Promise(resolve => socket.once('close', resolve))
  await new Promise(resolve => socket.once('connect', resolve))
  socket.write(opening)
  if (after === undefined) socket.resume()
  else await heard(socket, after)
  const begin = performance.now()
  const bytes = Buffer.from(drip)
  let at = 0
  const dripping = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, ++at))
  }, 1000)
  await closed
  clearInterval(dripping)
  return performance.now() - begin
}

function heard(socket: Socket, words: string): Promise<void> {
  return new Promise(resolve => {
    let text = ''
    socket.on('data', chunk => {
      text += String(chunk)
      if (text.includes(words)) resolve()
    })
  })
}

it(
  `${socketsInAll} connections that keep Sen waiting are closed in 10 s; nobody else notices`,
  {
    timeout: 120_000
  },
  async () => {
    const started = await startedSen()
    sen = started.sen
    const { token } = started
    const login = await addSite(sen, token, 's')
    const ports = { mqtt: mqttPortOf(sen), http: Number(new URL(sen.ready.http).port) }
    // Who is past CONNECT may be silent for as long as its keep-alive allows.
    const patient = await Wire.open(ports.mqtt)
    await patient.login({ clientId: 'patient', ...login })

    const health = new HealthWatch(sen.ready.http)
    const all = tricks(token, login)
    const each = Math.floor(socketsInAll / all.length)
    const slowest = await Promise.all(
      all.map(async trick => {
        const times = await Promise.all(Array.from({ length: each }, () => play(trick, ports[trick.door])))
        return { name: trick.name, ms: Math.round(Math.max(...times)) }
      })
    )
    const { failures, slowestMs } = await health.end()
    console.log(
      [...slowest.map(({ name, ms }) => `${name}: ${ms} ms`), `/healthz at most ${Math.round(slowestMs)} ms`].join('\n')
    )
    expect(slowest.filter(({ ms }) => ms > closedWithinMs + graceMs)).toEqual([])
    expect(failures).toBe(0)
    expect(slowestMs).toBeLessThanOrEqual(1000)
    await patient.settle()
    await patient.leave()
    // Three tricks on the MQTT door, two by WebSocket.
    expect(await refusedCount(sen, token, 'connect-timeout')).toBe(5 * each)
    while ((await metricsOf(sen, token)).get('sen_mqtt_connections') !== 0) await delay(20)
    expect(await post(sen, token, '/tokens', { role: 'viewer' })).toHaveProperty('token')
  }
)
