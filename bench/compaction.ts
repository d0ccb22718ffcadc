import { monitorEventLoopDelay } from 'node:perf_hooks'
import { FileJournal } from '../journal/file/file-journal.ts'
import { nodeFileSystem } from '../journal/file/node-file-system.ts'
import { seededRandom } from '../journal/file/seeded-random.ts'
import type { MessageRecord } from '../journal/journal.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import type { Figure } from './figure.ts'

const groupSize = 500
const messages = 200_000
const segmentBytes = 16 * 1024 * 1024

/** Compresses sealed segments of a log whose values wander as sensors' do, and reads them again. */
export async function measureCompaction(directory: string): Promise<readonly Figure[]> {
  const log = new FileJournal({
    directory,
    fileSystem: nodeFileSystem,
    synced: true,
    segmentBytes,
    clock: systemClock,
    log: silentLog
  })
  await log.start()
  const random = seededRandom(1)
  for (let n = 0; n < messages; n += groupSize)
    await log.append(Array.from({ length: groupSize }, (_, i) => sensorMessage(n + i, random)))
  // Seals the last of them: what is left has a segment of its own.
  const plain = log.status().sizeBytes
  await log.append([{ ...sensorMessage(messages, random), payload: new Uint8Array(segmentBytes) }])

  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const cpu = process.cpuUsage()
  const began = performance.now()
  const { savedBytes } = await log.compact()
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  loop.disable()
  const reading = await readAll(log)
  await log.stop()
  return [
    { what: 'log, compressing sealed segments', value: plain / 1000 / wallMs, unit: 'MB/s' },
    { what: 'log, compressing: CPU', value: (user + system) / messages, unit: 'µs/message' },
    { what: 'log, compressing: times smaller', value: plain / (plain - savedBytes), unit: '×' },
    { what: 'log, event loop beside compressing, longest', value: loop.max / 1e6, unit: 'ms' },
    { what: 'log, reading compressed: CPU', value: reading, unit: 'µs/message' }
  ]
}

/** @returns the CPU time of a message, µs. */
async function readAll(log: FileJournal): Promise<number> {
  const cpu = process.cpuUsage()
  const stop = new AbortController()
  let read = 0
  for await (const { records } of log.reader('bench').read(0, stop.signal)) {
    read += records.length
    if (read >= messages) stop.abort()
  }
  const { user, system } = process.cpuUsage(cpu)
  return (user + system) / read
}

function sensorMessage(n: number, random: () => number): MessageRecord {
  const values = {
    ts: 1_790_000_000_123 + n * 3,
    seq: Math.floor(n / 1000),
    air_temperature: Number((28 + random() * 8).toFixed(2)),
    air_humidity: Number((60 + random() * 35).toFixed(1)),
    soil_moisture: Number((20 + random() * 25).toFixed(3)),
    battery: Number((3.4 + random() * 0.5).toFixed(3)),
    rssi: -60 - Math.floor(random() * 60),
    light: Math.floor(random() * 65_000)
  }
  return {
    kind: 'message',
    door: 'mqtt',
    credential: `site:farm-${n % 100}`,
    topic: `site/farm-${n % 100}/device-${n % 1000}/telemetry`,
    payload: Buffer.from(JSON.stringify(values)),
    receivedAt: 1_790_000_000_000 + n,
    qos: 1,
    dup: false,
    retain: false,
    clientId: `gateway-${n % 100}`,
    connection: n % 100,
    packetId: n % 65_536
  }
}
