import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileJournal } from '../journal/file/file-journal.ts'
import { nodeFileSystem } from '../journal/file/node-file-system.ts'
import type { JournalRecord, MessageRecord } from '../journal/journal.ts'
import { RecordBuffer } from '../journal/record-buffer.ts'
import { decodeRecord, encodeRecord, isIntact, sealRecord } from '../journal/record-format.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import { measureCompaction } from './compaction.ts'
import type { Figure, Subject } from './figure.ts'
import { quantile } from './quantile.ts'

const groupSize = 500
const rounds = 400
const messages = groupSize * rounds

/** The journal alone: groups of 500 messages with 185 bytes of payload. */
export const journal: Subject = {
  name: 'journal',
  about: 'the log alone: format, append with fdatasync, reading, start, compressing',
  measure: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sen-bench-journal-'))
    try {
      return [
        ...(await measureFormat()),
        ...(await measureLog(join(folder, 'raw'))),
        ...(await measureCompaction(join(folder, 'compacted')))
      ]
    } finally {
      await rm(folder, { recursive: true })
    }
  }
}

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
async function measureFormat(): Promise<readonly Figure[]> {
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
  const figures: Figure[] = []
  for (const [name, work] of [
    ['encode + checksum', encode],
    ['check + parse', decode]
  ] as const) {
    for (let i = 0; i < 200; i += 1) work()
    const cost = await costOf(() => {
      for (let i = 0; i < rounds; i += 1) work()
    })
    figures.push(perMessage(`log, ${name} in memory: CPU`, cost))
  }
  return figures
}

async function measureLog(directory: string): Promise<readonly Figure[]> {
  const log = logIn(directory)
  await log.start()
  for (let i = 0; i < 50; i += 1) await log.append(group)

  const latencies: number[] = []
  const append = await costOf(async () => {
    for (let i = 0; i < rounds; i += 1) {
      const began = performance.now()
      await log.append(group)
      latencies.push(performance.now() - began)
    }
  })
  const single = await costOf(async () => {
    for (let i = 0; i < rounds; i += 1) await Promise.all(group.map(record => log.append([record])))
  })
  const { last } = log.status()
  let read = 0
  const stop = new AbortController()
  const reading = await costOf(async () => {
    for await (const { records } of log.reader('bench').read(0, stop.signal)) {
      read += records.length
      if (read === last) stop.abort()
    }
  })
  const bytes = log.status().sizeBytes / read
  await log.stop()
  const again = logIn(directory)
  const { wallMs } = await costOf(() => again.start().then(() => undefined))
  const note = `${Math.round(again.status().sizeBytes / 1e6)} MB`
  await again.stop()
  return [
    perMessage('log, append of groups of 500, write + fdatasync: CPU', append),
    { what: 'log, append of groups of 500', value: (messages * 1000) / append.wallMs, unit: 'messages/s' },
    { what: 'log, append of a group, p99', value: quantile(latencies, 0.99), unit: 'ms' },
    perMessage('log, append one by one: CPU', single),
    { what: 'log, reading: CPU', value: reading.cpuUs / read, unit: 'µs/message' },
    { what: 'log, bytes a message', value: bytes, unit: 'B' },
    { what: 'log, start', value: wallMs, unit: 'ms', note }
  ]
}

function logIn(directory: string): FileJournal {
  return new FileJournal({ directory, fileSystem: nodeFileSystem, synced: true, clock: systemClock, log: silentLog })
}

function perMessage(what: string, { cpuUs }: Cost): Figure {
  return { what, value: cpuUs / messages, unit: 'µs/message' }
}
