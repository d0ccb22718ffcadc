import { afterEach, describe, expect, test } from 'vitest'
import type { MessageRecord } from '../journal/journal.ts'
import { ReceiptClock, systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import type { Position } from '../model/position.ts'
import type { Quarantined } from '../model/reading-batch.ts'
import { noRedecodeCounts } from '../model/redecode.ts'
import type { RedecodePart } from '../model/redecode.ts'
import { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { newDisk } from './administration.fixture.ts'
import type { Disk } from './administration.fixture.ts'
import { rawRetention } from './raw-retention.ts'
import { RawLookup } from './raw-lookup.ts'
import { Redecodes } from './redecodes.ts'

/* Retention and jobs of decoding again, over a real state store and a journal; only decode itself is played here. */

const dayMs = 86_400_000
const now = Date.UTC(2026, 10, 30)
const device = 'som-01'
const count = 500
/** As many days ago as the log is long: the last message came now. */
const receivedAt = (position: Position): number => now - ((count - position) * 10 * dayMs) / count
const message = (position: Position, at = receivedAt(position)): MessageRecord => ({
  ...{ kind: 'message', door: 'mqtt', credential: 'site:ruong', topic: `site/ruong/${device}/telemetry` },
  ...{ payload: Buffer.from(`{"ph":${position}}`), receivedAt: at, qos: 1, dup: false, retain: false },
  ...{ clientId: 'tram', connection: 1, packetId: position }
})
const entry = (position: Position): Quarantined => ({
  ...{ position, reason: 'unclaimed', device, site: 'ruong', topic: `site/ruong/${device}/telemetry` },
  ...{ receivedAt: receivedAt(position), detail: '' }
})

const running: Redecodes[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

/** A log of messages that nobody has decoded. */
async function pastLog(): Promise<Disk> {
  const disk = await newDisk(4000)
  for (let position = 1; position <= count; position++) await disk.raw.append([message(position)])
  await disk.state.quarantine(
    Array.from({ length: count }, (_, index) => entry(index + 1)),
    count
  )
  return disk
}

/** A process; what it appends for decode is carried out only once `decode` is called. */
function redecodesOn({ state, raw }: Disk): Redecodes {
  const lookup = new RawLookup(raw.reader('lookup'), () => ({ id: device, profile: 'json-weather' }))
  raw.commit('lookup', Number.MAX_SAFE_INTEGER)
  const redecodes = new Redecodes({
    ...{ state, raw, lookup, clock: systemClock, log: silentLog },
    receiptClock: new ReceiptClock(systemClock, 0),
    registry: new RegistrySnapshot(),
    catchUp: () => Promise.resolve()
  })
  running.push(redecodes)
  return redecodes
}

/** Carries out every part that is appended, as decode does: what is there leaves quarantine. */
async function decode({ raw, state }: Disk, redecodes: Redecodes, signal: AbortSignal): Promise<void> {
  const reader = raw.reader('decode')
  reader.commit(Number.MAX_SAFE_INTEGER)
  for await (const { records } of reader.read(0, signal)) {
    for (const record of records) {
      if (record.kind === 'redecode') await carryOut(record.part, record.position)
    }
  }

  async function carryOut(part: RedecodePart, position: Position): Promise<void> {
    const { job, began, from, to } = part
    const released = [...Array(to - from + 1).keys()].map(i => from + i).filter(at => at >= raw.status().first)
    const counts = { ...noRedecodeCounts, messages: released.length, released: released.length }
    await state.redecoded({ job, began, from, to, withdrawn: [], released, counts }, [], position)
    redecodes.partDone({ began, to })
  }
}

async function ended(disk: Disk, id: number) {
  for (;;) {
    const job = await disk.state.redecode(id)
    if (job?.state === 'done') return job
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

async function trim({ raw }: Disk, redecodes: Redecodes, kept: { readonly days: number; readonly bytes: number }) {
  const settings = { SEN_JOURNAL_DAYS: kept.days, SEN_JOURNAL_MAX: kept.bytes }
  await raw.trim(rawRetention(settings, now, await redecodes.heldAfter()))
  return raw.status()
}

const much = 1e9

describe('what is to be decoded again', () => {
  test('is kept in the raw log until it has been, also by a process that begins anew, and then given up', async () => {
    const disk = await pastLog()
    const first = redecodesOn(disk)
    const id = await first.begin({ device })
    expect(await trim(disk, first, { days: 4, bytes: much })).toMatchObject({ first: 1 })
    await first.stop()

    const second = redecodesOn(disk)
    second.start()
    expect(await trim(disk, second, { days: 4, bytes: much })).toMatchObject({ first: 1 })
    const ending = new AbortController()
    void decode(disk, second, ending.signal)
    expect(await ended(disk, id)).toMatchObject({ counts: { messages: count, released: count }, outside: undefined })
    while ((await second.heldAfter()) !== undefined) await new Promise(resolve => setTimeout(resolve, 5))
    expect((await trim(disk, second, { days: 4, bytes: much })).first).toBeGreaterThan(count / 2)
    ending.abort()
  })

  test('is kept from where a job begins only, less what must be known to see repeats', async () => {
    const disk = await pastLog()
    const redecodes = redecodesOn(disk)
    await redecodes.begin({ device }, { from: receivedAt(200) })
    const { first } = await trim(disk, redecodes, { days: 2, bytes: much })
    expect(first).toBeGreaterThan(100)
    expect(first).toBeLessThanOrEqual(200)
  })

  test('of a job that does not come on is given up by age and size in the end, and the job says what is gone', async () => {
    const disk = await pastLog()
    const redecodes = redecodesOn(disk)
    const id = await redecodes.begin({ device })
    const later = await redecodes.begin({ device }, { to: receivedAt(20) })
    const { sizeBytes } = disk.raw.status()
    // As long as no more than a quarter is above the limit, nothing goes.
    expect(await trim(disk, redecodes, { days: 30, bytes: sizeBytes / 1.2 })).toMatchObject({ first: 1 })
    const bytes = sizeBytes / 2
    const bySize = await trim(disk, redecodes, { days: 30, bytes })
    expect(bySize.first).toBeGreaterThan(20)
    expect(bySize.sizeBytes).toBeLessThanOrEqual(bytes * 1.25)
    expect(bySize.sizeBytes).toBeGreaterThan(bytes)
    // Of ten days: kept for one, held for seven more.
    const { first, trimmed } = await trim(disk, redecodes, { days: 1, bytes: much })
    expect(first).toBe(Math.max(bySize.first, first))

    while ((await disk.state.redecode(id))?.outside?.removed !== trimmed)
      await new Promise(resolve => setTimeout(resolve, 5))
    const ending = new AbortController()
    void decode(disk, redecodes, ending.signal)
    const gone = first - 1
    const outside = { quarantined: gone, removed: trimmed, keptFrom: receivedAt(first), newest: receivedAt(gone) }
    expect(trimmed).toBe(gone)
    expect(await ended(disk, id)).toMatchObject({ counts: { messages: count - gone }, outside })
    // Everything that this one was for is gone: it ends all the same.
    expect(await ended(disk, later)).toMatchObject({ counts: { messages: 0 }, outside: { quarantined: 19 } })
    ending.abort()
  })
})
