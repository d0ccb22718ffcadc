import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredRecord } from '../../journal/journal.ts'
import { anyLog, cutAt, expectAccountedFor, frameLog, registryAt, sent, shortLog } from './decoder-log.fixture.ts'
import { MemorySeries, begin, decodeAll, decoders, logOf, uplink } from './decoder.fixture.ts'
import type { Result } from './decoder.fixture.ts'

const decoderOf = decoders()
const cuts = fc.array(fc.nat(100), { maxLength: 8 })

async function decode(batches: readonly (readonly StoredRecord[])[]): Promise<Result> {
  const series = new MemorySeries()
  return decodeAll(decoderOf({ series }), batches, series)
}

/** What the log gives if decode is ended after `position` and goes on in a new decoder, as after a restart. */
async function decodeInterrupted(log: readonly StoredRecord[], position: number): Promise<Result> {
  const series = new MemorySeries()
  const before = await decodeAll(decoderOf({ series }), [log.filter(record => record.position <= position)], series)
  const decoder = decoderOf({ series, totals: before.totals, changes: registryAt(log, position) })
  decoder.remember(log.filter(record => record.position >= before.dedupFrom && record.position <= position))
  const after = await decodeAll(decoder, [log.filter(record => record.position > position)], series)
  return {
    ...after,
    rows: [...before.rows, ...after.rows],
    quarantined: [...before.quarantined, ...after.quarantined],
    events: [...before.events, ...after.events],
    newSeries: [...before.newSeries, ...after.newSeries],
    ends: [...before.ends, ...after.ends],
    totals: after.ends.length > 0 ? after.totals : before.totals
  }
}

/** Everything but where batches end, and from where a log must be read again. */
const contentOf = ({ rows, quarantined, events, newSeries, totals }: Result) => ({
  rows,
  quarantined,
  events,
  newSeries,
  totals
})

describe('decoding is a fold over the log', () => {
  it('accounts for every message, and for every reading that it hands over', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, async log => {
        const { rows, totals, quarantined } = await decode([log])
        expectAccountedFor(log, totals)
        expect(totals.decoded).toBe(rows.length + totals.refused)
        expect(totals.quarantined).toBe(quarantined.length)
      }),
      { numRuns: 60 }
    )
  })

  it('gives the same rows and totals however the log is cut into read batches', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, cuts, async (log, places) => {
        const whole = await decode([log])
        const cut = await decode(cutAt(log, places))
        expect({ ...contentOf(cut), from: cut.dedupFrom }).toEqual({ ...contentOf(whole), from: whole.dedupFrom })
      }),
      { numRuns: 60 }
    )
  })

  it('covers the log without a gap: each batch ends where a tick, a control or the reading ended', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, cuts, async (log, places) => {
        const batches = cutAt(log, places)
        const expected = new Set(batches.flatMap(batch => batch.at(-1)?.position ?? []))
        for (const { kind, position } of log) if (kind !== 'message') expected.add(position)
        const { ends, rows } = await decode(batches)
        expect(ends).toEqual([...expected].sort((a, b) => a - b))
        expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).sort((a, b) => a - b))
      }),
      { numRuns: 50 }
    )
  })
})

describe('a decoder that goes on from another’s position', () => {
  it('gives what the first would have given, resends and repeats of frames included', async () => {
    await fc.assert(
      fc.asyncProperty(shortLog, fc.nat(100), async (log, place) => {
        const position = 1 + (place % log.length)
        expect(contentOf(await decodeInterrupted(log, position))).toEqual(contentOf(await decode([log])))
      }),
      { numRuns: 80 }
    )
  })

  it('gives the same of frames over hours', async () => {
    await fc.assert(
      fc.asyncProperty(frameLog, fc.nat(100), async (log, place) => {
        const position = 1 + (place % log.length)
        expect(contentOf(await decodeInterrupted(log, position))).toEqual(contentOf(await decode([log])))
      }),
      { numRuns: 50 }
    )
  })

  it('knows a frame again of which it had read the log ten minutes back', async () => {
    const log = logOf([
      uplink({}),
      { kind: 'tick', receivedAt: begin + 300_000 },
      uplink({}, { receivedAt: begin + 599_000 })
    ])
    expect((await decodeInterrupted(log, 2)).totals).toMatchObject({ stored: 1, duplicate: 1 })
  })

  it('knows an MQTT resend of the half minute before', async () => {
    const tick = (second: number) => ({ kind: 'tick', receivedAt: begin + second * 1000 }) as const
    const log = logOf([tick(0), sent(1, 5, false), tick(29), sent(40, 5, true)])
    expect((await decodeInterrupted(log, 3)).totals).toMatchObject({ stored: 1, duplicate: 1 })
  })

  it('counts on from the totals it was given', async () => {
    const log = logOf([sent(0, 1, false), sent(1, 2, false), sent(2, 3, false, 8)])
    expect((await decodeInterrupted(log, 2)).totals).toMatchObject({ stored: 3, decoded: 3 })
  })
})
