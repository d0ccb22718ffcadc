import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { expectBalanced, extent, startedSen } from '../durability/load-run.fixture.ts'
import { publish } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { addDevice, addSite, mqttPortOf } from './overload.fixture.ts'
import { ResidentWatch, mib, residentBytes } from './resident.ts'
import { queuesOf } from './socket-queues.ts'
import { storedNumbers } from './stored-numbers.ts'

const stallMs = extent(10_000, 15_000, 60_000)
const messages = 4063
const paddingBytes = 1000
/** What Sen may have read: 64 messages, what its socket holds unread, and the piece that came last. */
const mostReadBytes = 64 * (paddingBytes + 200) + 2 * 64 * 1024

let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

it(
  'a publisher is not read on while its messages wait for a disk that stalls, and loses none',
  {
    timeout: stallMs + 120_000
  },
  async () => {
    const started = await startedSen({ environment: { SEN_FAILPOINT: `disk-sync:60:delay=${stallMs}` } })
    sen = started.sen
    const { token } = started
    const port = mqttPortOf(sen)
    await addSite(sen, token, 's')
    const login = await addDevice(sen, token, 's', 'drip')
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'drip', ...login })
    const firstTs = Date.now() - 600_000
    const padding = '.'.repeat(paddingBytes)
    let sent = 0
    let acknowledged = 0
    const send = (): void => {
      const n = ++sent
      const payload = JSON.stringify({ ts: firstTs + n, seq: n, padding })
      wire.send(publish({ topic: 'site/s/drip/telemetry', payload, qos: 1, id: n }))
    }
    const takeAnswers = (): void => {
      for (const packet of wire.received.splice(0)) {
        expect(packet).toEqual({ kind: 'puback', id: acknowledged + 1 })
        acknowledged++
      }
    }

    // One after the other, each with its own sync, until one is not acknowledged.
    for (let waitedMs = 0; waitedMs < 2000;) {
      if (acknowledged === sent) {
        send()
        waitedMs = 0
      }
      await delay(10)
      waitedMs += 10
      takeAnswers()
    }
    const before = acknowledged
    const bytesBefore = wire.socket.bytesWritten
    const baseBytes = residentBytes(sen.ready.pid)
    const memory = new ResidentWatch(sen.ready.pid)
    while (sent < before + messages) {
      send()
      await new Promise(setImmediate)
    }
    await delay(1000)
    const clientPort = wire.socket.localPort ?? 0
    const client = queuesOf({ local: clientPort, remote: port })
    const server = queuesOf({ local: port, remote: clientPort })
    const unreadBytes = wire.socket.writableLength + (client?.sendBytes ?? NaN) + (server?.receiveBytes ?? NaN)
    const readBytes = wire.socket.bytesWritten - bytesBefore - unreadBytes
    takeAnswers()
    console.log(
      `slow drip: Sen had read ${readBytes} bytes of ${wire.socket.bytesWritten - bytesBefore} during the stall`
    )
    expect(acknowledged).toBe(before)
    expect(readBytes).toBeGreaterThan(0)
    expect(readBytes).toBeLessThanOrEqual(mostReadBytes)

    while (acknowledged < sent) {
      await delay(20)
      takeAnswers()
    }
    const grownBytes = (await memory.end()) - baseBytes
    console.log(`slow drip: all ${sent} acknowledged; memory +${Math.round(grownBytes / mib)} MiB`)
    expect(grownBytes).toBeLessThanOrEqual(64 * mib)
    const accounts = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    expect(accounts.messages).toMatchObject({ received: sent, stored: sent })
    expect(await storedNumbers(sen, token, 'drip')).toEqual(Array.from({ length: sent }, (_, i) => i + 1))
    await expectBalanced(sen, token)
    await wire.leave()
  }
)
