import fc from 'fast-check'
import { expect } from 'vitest'
import type { JournalRecord, StoredRecord } from '../../journal/journal.ts'
import type { DecodeTotals } from '../../model/accounting.ts'
import { air, begin, deviceOf, logOf, message, province, telemetry, uplink } from './decoder.fixture.ts'

/* For tests: random logs, in which receive time rises and messages come again. */

interface Step {
  readonly gapMs: number
  readonly record: (receivedAt: number) => JournalRecord
}

const client = fc.constantFrom('c', 'e')
const packetId = fc.constantFrom(0, 1, 2, 3)

const payload = fc.oneof(
  fc.record({ ph: fc.nat(20) }),
  fc.record({ ts: fc.constantFrom(begin, 'x', null), turbidity: fc.oneof(fc.nat(3), fc.constant('x')) }),
  fc.array(fc.oneof(fc.record({ status_text: fc.constantFrom('a', 'b') }), fc.constant(7)), { maxLength: 3 }),
  fc.constantFrom('{', '[[]]', {}, { khac: 1 })
)

const topic = fc.constantFrom(
  'site/ruong/tram-1/telemetry',
  'site/ruong/tram-1/telemetry',
  'site/ruong/moi/telemetry',
  'site/ao/tram-1/telemetry',
  'site/ruong/tram-1/status',
  'site/ruong/la/telemetry'
)

const publication = fc.record({ topic, payload, packetId, clientId: client, dup: fc.boolean() }).map(
  ({ topic: to, payload: sent, packetId: id, clientId, dup }) =>
    (receivedAt: number) =>
      message(to, sent, { receivedAt, packetId: id, clientId, qos: id === 0 ? 0 : 1, dup: dup && id !== 0 })
)

/** Few frames, so that they come again often. */
const frame = fc
  .record({
    fCnt: fc.nat(2),
    fPort: fc.constantFrom(2, 2, 0, 42),
    rxInfo: fc.constantFrom([], [{ rssi: -90, snr: 1 }]),
    devEui: fc.constantFrom('a84041ffff1c2d01', air, '0011223344556677')
  })
  .map(event => (receivedAt: number) => uplink({ ...event, ...(event.fPort === 0 && { data: '' }) }, { receivedAt }))

const control = fc
  .constantFrom(
    { kind: 'device', device: deviceOf('moi') } as const,
    { kind: 'device', device: deviceOf('tram-1', { site: 'ao' }) } as const,
    { kind: 'device', device: deviceOf('tram-1') } as const,
    { kind: 'device-removed', id: 'moi' } as const
  )
  .map(change => (receivedAt: number) => ({ kind: 'control', receivedAt, outboxId: 1, change }) as const)

const tick = fc.constant((receivedAt: number) => ({ kind: 'tick', receivedAt }) as const)

/** Steps of a log; `gapMs` says how far receive time moves on between them. */
function stepsOf(gapMs: fc.Arbitrary<number>, others: readonly fc.Arbitrary<Step['record']>[]): fc.Arbitrary<Step[]> {
  const record = fc.oneof(
    { weight: 6, arbitrary: publication },
    { weight: 6, arbitrary: frame },
    { weight: 2, arbitrary: control },
    { weight: 3, arbitrary: tick },
    ...others
  )
  return fc.array(fc.record({ gapMs, record }), { minLength: 1, maxLength: 40 })
}

function logOfSteps(steps: readonly Step[]): readonly StoredRecord[] {
  let receivedAt = begin
  return logOf(steps.map(({ gapMs, record }) => record((receivedAt += gapMs))))
}

const unknownTopic = fc.constant((receivedAt: number) => message('khong/biet', '{}', { receivedAt }))

/** Logs of anything, over hours. */
export const anyLog = stepsOf(fc.constantFrom(0, 0, 10, 900, 20_000, 400_000), [unknownTopic]).map(logOfSteps)

/**
 * Logs that a restart forgets nothing of: they begin with a tick, pass in less than the half minute for which MQTT
 * resends are known again, and hold of ChirpStack's events uplinks only.
 */
export const shortLog = stepsOf(fc.constantFrom(0, 0, 10, 700), [])
  .map(steps => [{ gapMs: 0, record: (receivedAt: number) => ({ kind: 'tick', receivedAt }) as const }, ...steps])
  .map(logOfSteps)

/** Logs of uplinks over hours, none of which comes again within the ten minutes. */
export const frameLog = fc
  .array(fc.record({ gapMs: fc.constantFrom(0, 1000, 250_000), isTick: fc.boolean() }), { minLength: 1, maxLength: 40 })
  .map(steps =>
    logOfSteps(
      steps.map(({ gapMs, isTick }, i) => ({
        gapMs,
        record: (receivedAt: number): JournalRecord =>
          isTick ? { kind: 'tick', receivedAt } : uplink({ fCnt: i }, { receivedAt })
      }))
    )
  )

/** Cuts a log into read batches at random places. */
export function cutAt(log: readonly StoredRecord[], cuts: readonly number[]): readonly (readonly StoredRecord[])[] {
  const places = [...new Set([0, ...cuts.map(cut => cut % (log.length + 1)), log.length])].sort((a, b) => a - b)
  return places.slice(1).map((to, i) => log.slice(places[i], to))
}

/** Each message of the log has one outcome: `received = stored + event + duplicate + quarantined`. */
export function expectAccountedFor(log: readonly StoredRecord[], totals: DecodeTotals): void {
  const { stored, event, duplicate, quarantined } = totals
  expect(stored + event + duplicate + quarantined).toBe(log.filter(({ kind }) => kind === 'message').length)
}

/** The registry's changes in force after the log's records up to `position`. */
export const registryAt = (log: readonly StoredRecord[], position: number) => [
  ...province,
  ...log.flatMap(record => (record.kind === 'control' && record.position <= position ? [record.change] : []))
]

/** A message of a station, at a second of the log, with MQTT packet id and DUP as given. */
export const sent = (second: number, packet: number, dup: boolean, ph = 7) =>
  telemetry({ ph }, { receivedAt: begin + second * 1000, qos: 1, packetId: packet, dup })
