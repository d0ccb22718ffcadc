import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JournalRecord, StoredRecord } from '../../journal/journal.ts'
import { PositionSet } from '../../model/position-set.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { RedecodePart } from '../../model/redecode.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { MemorySeriesStore } from '../../storage/series/memory/memory-series-store.ts'
import { decodeReadingBatch, encodeReadingBatch } from '../../model/reading-batch-format.ts'
import { anyLog } from './decoder-log.fixture.ts'
import {
  MemorySeries,
  air,
  begin,
  decoders,
  deviceOf,
  logOf,
  province,
  soil,
  telemetry,
  uplink
} from './decoder.fixture.ts'
import type { Decoder } from './decoder.ts'

const decoderOf = decoders()

/** What everybody is in the end: all devices registered, one with another profile than before. */
const later: readonly RegistryChange[] = [
  { kind: 'device', device: deviceOf('moi') },
  { kind: 'device', device: deviceOf('la') },
  { kind: 'device', device: deviceOf('tram-1') },
  { kind: 'device', device: deviceOf('0011223344556677', { profile: 'dragino-lse01' }) },
  { kind: 'device', device: deviceOf(air, { profile: 'dragino-lse01' }) }
]

/** Everything that came of a log: batches, and which messages stand in quarantine. */
class Outcome {
  readonly series = new MemorySeries()
  readonly batches: ReadingBatch[] = []
  readonly quarantined = new Set<number>()
  readonly store = new MemorySeriesStore()

  async follow(decoder: Decoder, records: readonly StoredRecord[]): Promise<void> {
    for await (const { readings } of decoder.decode(records)) {
      const batch = decodeReadingBatch(encodeReadingBatch(readings))
      this.batches.push(batch)
      for (const position of batch.redecoded?.released ?? []) this.quarantined.delete(position)
      for (const { position } of batch.quarantined) this.quarantined.add(position)
    }
  }

  get totals() {
    return this.batches.at(-1)?.totals
  }

  /** What the store shows, by the names of series, and its totals. */
  async stored() {
    await this.store.start()
    const { totals } = await this.store.write(this.batches)
    const series = this.series.definitions.map(({ id }) => id)
    const { series: ids, ...page } = await this.store.rows({ series, from: 0, to: 8e15, limit: 10_000 })
    const rows = ids.map((id, i) => [this.series.nameOf(id), page.time[i], page.value[i], page.quality[i]].join())
    return { totals, rows: rows.toSorted() }
  }
}

/** Parts that cover the log, cut at the places given. */
function partsOf(
  log: readonly StoredRecord[],
  {
    quarantined,
    cuts,
    began,
    selection = {}
  }: {
    readonly quarantined: ReadonlySet<number>
    readonly cuts: readonly number[]
    readonly began: number
    readonly selection?: Pick<RedecodePart, 'device' | 'profile'>
  }
): readonly RedecodePart[] {
  const ends = [...new Set([...cuts.map(cut => 1 + (cut % log.length)), log.length])].sort((a, b) => a - b)
  return ends.map((to, i) => {
    const from = (ends[i - 1] ?? 0) + 1
    return {
      ...{ job: began, began, from, to, warmFrom: 0, generation: began, ...selection },
      quarantined: PositionSet.of(from, to, quarantined).toString()
    }
  })
}

const rereading = (log: () => readonly StoredRecord[]) =>
  async function* (after: number, to: number) {
    yield log().filter(({ position }) => position > after && position <= to)
  }

/** Decodes a log, then what became known later, then everything again, `times` times. */
async function again(
  records: readonly StoredRecord[],
  {
    cuts,
    times,
    isRestarted = false
  }: { readonly cuts: readonly number[]; readonly times: number; readonly isRestarted?: boolean }
): Promise<Outcome> {
  const outcome = new Outcome()
  const messages = records.filter(({ kind }) => kind !== 'control')
  const log: StoredRecord[] = [...logOf(messages)]
  const applied: RegistryChange[] = [...province]
  const newDecoder = () =>
    decoderOf({
      series: outcome.series,
      changes: applied,
      reread: rereading(() => log),
      ...(outcome.totals && { totals: outcome.totals })
    })
  let decoder = newDecoder()
  await outcome.follow(decoder, log)
  const append = async (record: JournalRecord): Promise<void> => {
    if (isRestarted) decoder = newDecoder()
    const stored = { ...record, position: log.length + 1 }
    log.push(stored)
    if (record.kind === 'control') applied.push(record.change)
    await outcome.follow(decoder, [stored])
  }
  for (const change of later) await append({ kind: 'control', receivedAt: begin, outboxId: 1, change })
  const kept = log.slice(0, messages.length)
  for (let time = 1; time <= times; time++)
    for (const part of partsOf(kept, { quarantined: new Set(outcome.quarantined), cuts, began: time }))
      await append({ kind: 'redecode', receivedAt: begin, part })
  return outcome
}

/** Decodes the same messages with everything known from the beginning. */
async function knownFromTheBeginning(records: readonly StoredRecord[]): Promise<Outcome> {
  const outcome = new Outcome()
  const decoder = decoderOf({ series: outcome.series, changes: [...province, ...later] })
  await outcome.follow(decoder, logOf(records.filter(({ kind }) => kind !== 'control')))
  return outcome
}

const cuts = fc.array(fc.nat(100), { maxLength: 5 })
const outcomesOf = ({ totals }: Outcome): readonly number[] =>
  (['stored', 'event', 'duplicate', 'quarantined'] as const).map(name => totals?.[name] ?? 0)
const messagesOf = (log: readonly StoredRecord[]): number => log.filter(({ kind }) => kind === 'message').length

describe('decoding again', () => {
  it('gives what had been if everything had been known from the beginning, values and outcomes', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, cuts, async (log, places) => {
        const [one, other] = [await again(log, { cuts: places, times: 1 }), await knownFromTheBeginning(log)]
        const { rows } = await one.stored()
        expect(rows).toEqual((await other.stored()).rows)
        expect(outcomesOf(one)).toEqual(outcomesOf(other))
      }),
      { numRuns: 40, seed: 20_261_130 }
    )
  })

  it('accounts for every message and every reading, also when it is done twice, cut elsewhere, or restarted', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, cuts, fc.boolean(), async (log, places, isRestarted) => {
        const one = await again(log, { cuts: places, times: 2, isRestarted })
        const { stored = 0, event = 0, duplicate = 0, quarantined, decoded, refused = 0 } = one.totals ?? {}
        expect(stored + event + duplicate + (quarantined ?? 0)).toBe(messagesOf(log))
        expect(quarantined ?? 0).toBe(one.quarantined.size)
        const { totals, rows } = await one.stored()
        expect(decoded ?? 0).toBe(totals.stored + totals.duplicate + totals.superseded + totals.refused + refused)
        expect(totals.stored).toBe(rows.length)
        expect(rows).toEqual((await (await again(log, { cuts: [], times: 1 })).stored()).rows)
      }),
      { numRuns: 40, seed: 20_261_130 }
    )
  })

  it('does a part once, however often it stands in the log', async () => {
    const log: StoredRecord[] = [...logOf([uplink({ devEui: '0011223344556677' }), telemetry({ ph: 7 })])]
    const series = new MemorySeries()
    const decoder = decoderOf({ series, changes: [...province, ...later], reread: rereading(() => log) })
    const outcome = new Outcome()
    const [part] = partsOf(log, { quarantined: new Set(), cuts: [], began: 2 })
    if (!part) throw new Error('no part')
    await outcome.follow(decoder, log)
    await outcome.follow(decoder, [{ kind: 'redecode', receivedAt: begin, part, position: 3 }])
    const { totals } = outcome
    await outcome.follow(decoder, [{ kind: 'redecode', receivedAt: begin, part, position: 4 }])
    expect(outcome.totals).toEqual(totals)
    expect(outcome.batches.map(({ length }) => length > 0)).toEqual([true, true, false])
  })

  it('leaves what it cannot judge: of devices that nobody registered', async () => {
    const log: StoredRecord[] = [...logOf([telemetry({ ph: 7 })])]
    const registered = decoderOf({ series: new MemorySeries() })
    const outcome = new Outcome()
    await outcome.follow(registered, log)
    const changes = province.filter(change => change.kind !== 'device')
    const decoder = decoderOf({
      changes,
      ...(outcome.totals && { totals: outcome.totals }),
      reread: rereading(() => log)
    })
    const [part] = partsOf(log, { quarantined: new Set(), cuts: [], began: 1 })
    if (!part) throw new Error('no part')
    await outcome.follow(decoder, [{ kind: 'redecode', receivedAt: begin, part, position: 2 }])
    expect(outcome.batches.at(-1)).toMatchObject({ length: 0, redecoded: { withdrawn: [], counts: { left: 1 } } })
    expect(outcome.totals).toMatchObject({ stored: 1, quarantined: 0 })
  })

  it('tells rules in order what is replaced, by generation and message, and which devices lost what they had', async () => {
    const log: StoredRecord[] = [...logOf([uplink({}), telemetry({ ph: 7 })])]
    const outcome = new Outcome()
    const decoder = decoderOf({ series: outcome.series, reread: rereading(() => log) })
    await outcome.follow(decoder, log)
    const change = { kind: 'device', device: deviceOf(soil, { profile: 'milesight-em300-th' }) } as const
    await outcome.follow(decoder, [{ kind: 'control', receivedAt: begin, outboxId: 1, change, position: 3 }])
    const [part] = partsOf(log, { quarantined: new Set(), cuts: [], began: 1 })
    if (!part) throw new Error('no part')
    await outcome.follow(decoder, [{ kind: 'redecode', receivedAt: begin, part, position: 4 }])
    const batch = outcome.batches.at(-1)
    expect(batch).toMatchObject({ position: 4, redecoded: { withdrawn: [1, 2] } })
    expect(batch?.quarantined).toMatchObject([{ position: 1, device: soil, receivedAt: log[0]?.receivedAt }])
    expect(Array.from(batch?.at.subarray(0, batch.length) ?? [])).toEqual([2])
    expect(Array.from(batch?.generation.subarray(0, batch.length) ?? [])).toEqual([1])
  })

  it('takes one device only where one is asked for', async () => {
    const log: StoredRecord[] = [...logOf([uplink({}), telemetry({ ph: 7 })])]
    const outcome = new Outcome()
    const decoder = decoderOf({ series: outcome.series, reread: rereading(() => log) })
    await outcome.follow(decoder, log)
    const [part] = partsOf(log, { quarantined: new Set(), cuts: [], began: 1, selection: { device: soil } })
    if (!part) throw new Error('no part')
    await outcome.follow(decoder, [{ kind: 'redecode', receivedAt: begin, part, position: 3 }])
    expect(outcome.batches.at(-1)?.redecoded).toMatchObject({ withdrawn: [1], counts: { messages: 1, stored: 1 } })
  })
})
