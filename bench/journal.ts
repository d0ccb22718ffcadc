import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileJournal } from '../journal/file/file-journal.ts'
import { nodeFileSystem } from '../journal/file/node-file-system.ts'
import type { JournalRecord, MessageRecord } from '../journal/journal.ts'
import { RecordBuffer } from '../journal/record-buffer.ts'
import { decodeRecord, encodeRecord, isIntact, sealRecord } from '../journal/record-format.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'

/*
 * What the journal costs: `node bench/journal.ts [directory]`. Groups of 500 messages with 185 bytes of payload.
 * CPU time is user + system of the whole process, wall time is what passed; on a busy machine trust CPU time.
 */
const groupSize = 500
const rounds = 400
const payload = Buffer.from(
  JSON.stringify({
    ts: 1_790_000_000_123,
    seq: 4711,
    air_temperature: 31.25,
    air_humidity: 78.5,
    soil_moisture: 33.125
  })
    .slice(0, -1)
    .padEnd(184) + '}'
)

function farmMessage(n: number): MessageRecord {
  return {
    kind: 'message',
    door: 'mqtt',
    credential: `site:farm-${n % 100}`,
    topic: `site/farm-${n % 100}/device-${n % 1000}/telemetry`,
    payload,
    receivedAt: 1_790_000_000_000 + n,
    qos: 1,
    dup: false,
    retain: false,
    clientId: `gateway-${n % 100}`,
    connection: n % 100,
    packetId: n % 65_536
  }
}

const group: readonly JournalRecord[] = Array.from({ length: groupSize }, (_, n) => farmMessage(n))

interface Cost {
  readonly cpuUs: number
  readonly wallMs: number
}

async function costOf(work: () => Promise<void> | void): Promise<Cost> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuUs: user + system, wallMs: performance.now() - began }
}

/** Encoding, checksums, checking and decoding alone, without a disk. */
async function measureFormat(): Promise<void> {
  const buffer = new RecordBuffer(1024 * 1024)
  const place = { groupStart: 8192, salt: 12_345 }
  const encode = (): void => {
    buffer.length = 0
    for (const record of group) encodeRecord(buffer, record, record.receivedAt)
    for (let at = 0, n = 1; at < buffer.length; n += 1) at = sealRecord(buffer, at, n, place)
  }
  const decode = (): void => {
    const chunk = { bytes: buffer.bytes, view: buffer.view, offset: place.groupStart }
    for (let at = 0; at < buffer.length;) {
      const size = (buffer.view.getUint32(at + 4, true) + 7) & ~7
      if (!isIntact(chunk, at, size, place.salt) || decodeRecord(chunk, at) === undefined) throw new Error('not intact')
      at += size
    }
  }
  for (const [name, work] of [
    ['encode + checksum', encode],
    ['check + parse', decode]
  ] as const) {
    for (let i = 0; i < 200; i += 1) work()
    const { cpuUs } = await costOf(() => {
      for (let i = 0; i < rounds; i += 1) work()
    })
    report(`${name}, in memory`, `${perMessage(cpuUs)} µs CPU a message`)
  }
}

async function measureLog(directory: string): Promise<void> {
  const journal = new FileJournal({
    directory,
    fileSystem: nodeFileSystem,
    synced: true,
    clock: systemClock,
    log: silentLog
  })
  await journal.start()
  for (let i = 0; i < 50; i += 1) await journal.append(group)

  const latencies: number[] = []
  const append = await costOf(async () => {
    for (let i = 0; i < rounds; i += 1) {
      const began = performance.now()
      await journal.append(group)
      latencies.push(performance.now() - began)
    }
  })
  report(
    'append groups, write + fdatasync',
    `${perMessage(append.cpuUs)} µs CPU a message, ${perSecond(append)} messages/s`
  )
  report('append of a group', percentiles(latencies))

  const single = await costOf(async () => {
    for (let i = 0; i < rounds; i += 1) await Promise.all(group.map(record => journal.append([record])))
  })
  report('append one by one, grouped by the journal', `${perMessage(single.cpuUs)} µs CPU a message`)

  const { last } = journal.status()
  let read = 0
  const stop = new AbortController()
  const reading = await costOf(async () => {
    for await (const { records } of journal.reader('bench').read(0, stop.signal)) {
      read += records.length
      if (read === last) stop.abort()
    }
  })
  report(
    'read',
    `${(reading.cpuUs / read).toFixed(2)} µs CPU a message, ${Math.round((read / reading.wallMs) * 1000)} messages/s`
  )
  report('bytes a message', (journal.status().sizeBytes / read).toFixed(1))

  await journal.stop()
  const again = new FileJournal({
    directory,
    fileSystem: nodeFileSystem,
    synced: true,
    clock: systemClock,
    log: silentLog
  })
  const { wallMs } = await costOf(() => again.start().then(() => undefined))
  report(`start with ${Math.round(again.status().sizeBytes / 1e6)} MB`, `${wallMs.toFixed(0)} ms`)
  await again.stop()
}

/** One 64-KiB write and its fdatasync, the yardstick of the disk. */
async function measureDisk(directory: string): Promise<void> {
  const file = await nodeFileSystem.open(join(directory, 'disk'), 'create')
  const block = new Uint8Array(65_536).fill(7)
  const latencies: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const began = performance.now()
    await file.write(block, i * block.length)
    await file.datasync()
    latencies.push(performance.now() - began)
  }
  await file.close()
  report('64-KiB write + fdatasync', percentiles(latencies))
}

function perMessage(cpuUs: number): string {
  return (cpuUs / (rounds * groupSize)).toFixed(2)
}

function perSecond({ wallMs }: Cost): number {
  return Math.round((rounds * groupSize * 1000) / wallMs)
}

function percentiles(latenciesMs: readonly number[]): string {
  const sorted = latenciesMs.toSorted((one, other) => one - other)
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

function report(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(44)} ${figure}\n`)
}

const parent = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'sen-bench-'))
try {
  report('machine', `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`)
  await measureFormat()
  await measureDisk(parent)
  await measureLog(join(parent, 'raw'))
} finally {
  await rm(parent, { recursive: true })
}
