import { beforeAll, afterAll } from 'vitest'
import { QuickJsCodecRuntime } from '../../devices/codec/quickjs-codec-runtime.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import { ProfileCatalogue } from '../../devices/profiles/profile-catalogue.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import type { JournalRecord, MessageRecord, StoredRecord } from '../../journal/journal.ts'
import { noDecodeTotals } from '../../model/accounting.ts'
import type { DecodeTotals } from '../../model/accounting.ts'
import type { Device, RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { BatchEvent, Quarantined } from '../../model/reading-batch.ts'
import type { SeriesDefinition, SeriesKey } from '../../model/series.ts'
import { Decoder } from './decoder.ts'
import type { RereadRaw } from './redecoding.ts'
import { SeriesDirectory } from './series-directory.ts'

/* For tests: a small province, a log of it, and a decoder over real profiles and the real codec runtime. */

/** Start of the log, ms since the epoch. */
export const begin = Date.parse('2026-11-22T00:00:00Z')

export const soil = 'a84041ffff1c2d01'
export const air = '24e124136b000001'

/** One organisation, two sites, a JSON station, a Dragino LSE01, a Milesight EM300-TH, and a device of a profile nobody has. */
export const province: readonly RegistryChange[] = [
  { kind: 'organisation', organisation: { id: 'root', name: 'Nghệ An' } },
  { kind: 'site', site: { id: 'ruong', name: 'Ruộng', organisation: 'root' } },
  { kind: 'site', site: { id: 'ao', name: 'Ao', organisation: 'root' } },
  ...[
    deviceOf('tram-1'),
    deviceOf(soil, { profile: 'dragino-lse01' }),
    deviceOf(air, { profile: 'milesight-em300-th' }),
    deviceOf('la', { profile: 'no-such-profile' })
  ].map(device => ({ kind: 'device', device }) as const)
]

/** A device at site `ruong` with profile `json-weather`, unless said otherwise. */
export function deviceOf(id: string, changes: Partial<Device> = {}): Device {
  return { id, name: id, site: 'ruong', profile: 'json-weather', ...changes }
}

/** A message, by MQTT at QoS 0 unless said otherwise. */
export function message(topic: string, payload: unknown, changes: Partial<MessageRecord> = {}): MessageRecord {
  return {
    kind: 'message',
    door: 'mqtt',
    credential: 'site:ruong',
    topic,
    payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    receivedAt: begin,
    qos: 0,
    dup: false,
    retain: false,
    clientId: 'c',
    connection: 1,
    packetId: 0,
    ...changes
  }
}

export function telemetry(payload: unknown, changes: Partial<MessageRecord> = {}): MessageRecord {
  return message('site/ruong/tram-1/telemetry', payload, changes)
}

/** A ChirpStack v4 `event/up` of the Dragino, as small as it may be. */
export function uplink(event: Readonly<Record<string, unknown>>, changes: Partial<MessageRecord> = {}): MessageRecord {
  const devEui = String(event['devEui'] ?? soil)
  const base = { deviceInfo: { devEui }, devAddr: '01a2b3c4', fCnt: 1, fPort: 2, data: 'zikA8QelCZtuKJA=' }
  return message(`application/1/device/${devEui}/event/up`, { ...base, ...event }, changes)
}

/** The records as a log keeps them, positions from 1. */
export function logOf(records: readonly JournalRecord[]): readonly StoredRecord[] {
  return records.map((record, i) => ({ ...record, position: i + 1 }))
}

export interface Row {
  readonly series: string
  readonly time: number
  readonly value: number | string
  readonly quality: number
  readonly at: number
}

export interface Result {
  readonly rows: readonly Row[]
  readonly quarantined: readonly Quarantined[]
  readonly events: readonly (BatchEvent & { readonly position: number })[]
  /** Positions at which batches end. */
  readonly ends: readonly number[]
  readonly totals: DecodeTotals
  readonly dedupFrom: number
  readonly newSeries: readonly SeriesDefinition[]
}

/** Ids of series, kept in memory, as a state store would. */
export class MemorySeries {
  readonly definitions: SeriesDefinition[] = []

  readonly allocate = async (keys: readonly SeriesKey[]): Promise<readonly number[]> => keys.map(key => this.#idOf(key))

  #idOf(key: SeriesKey): number {
    const found = this.definitions.find(
      one => one.device === key.device && one.metric === key.metric && one.organisation === key.organisation
    )
    if (found) return found.id
    this.definitions.push({ ...key, id: this.definitions.length + 1 })
    return this.definitions.length
  }

  nameOf(id: number): string {
    const one = this.definitions.find(series => series.id === id)
    return one ? `${one.organisation}/${one.device}/${one.metric}` : `series ${id} that nobody knows`
  }
}

export interface DecoderOptions {
  readonly changes?: readonly RegistryChange[]
  readonly totals?: DecodeTotals
  readonly series?: MemorySeries
  readonly reread?: RereadRaw
}

/** Gives decoders over one runtime and one set of profiles; opens and closes them around the tests of a file. */
export function decoders(): (options?: DecoderOptions) => Decoder {
  const codecs = new QuickJsCodecRuntime({ log: { warn: () => undefined } })
  let profiles: ReadonlyMap<string, LoadedProfile> = new Map()
  beforeAll(async () => {
    await codecs.start()
    profiles = await loadProfiles()
  })
  afterAll(() => codecs.stop())
  return ({ changes = province, totals = noDecodeTotals, series = new MemorySeries(), reread } = {}) =>
    new Decoder({
      registry: new RegistrySnapshot(changes),
      profiles: new ProfileCatalogue(profiles),
      codecs,
      series: new SeriesDirectory(series.definitions, series.allocate),
      totals,
      ...(reread && { reread })
    })
}

/** Decodes read batches one after the other, and keeps copies of what comes. */
export async function decodeAll(
  decoder: Decoder,
  readBatches: readonly (readonly StoredRecord[])[],
  series: MemorySeries
): Promise<Result> {
  const rows: Row[] = []
  const quarantined: Quarantined[] = []
  const events: Result['events'][number][] = []
  const ends: number[] = []
  const newSeries: SeriesDefinition[] = []
  let totals = noDecodeTotals
  let dedupFrom = 0
  for (const records of readBatches) {
    for await (const { readings, newSeries: added } of decoder.decode(records)) {
      newSeries.push(...added)
      for (let i = 0; i < readings.length; i++) {
        rows.push({
          series: series.nameOf(readings.series[i] ?? 0),
          time: readings.time[i] ?? 0,
          value: readings.texts.get(i) ?? readings.value[i] ?? 0,
          quality: readings.quality[i] ?? 0,
          at: readings.at[i] ?? 0
        })
      }
      quarantined.push(...readings.quarantined)
      if (readings.event) events.push({ ...readings.event, position: readings.position })
      ends.push(readings.position)
      totals = readings.totals
      dedupFrom = readings.dedupFrom
    }
  }
  return { rows, quarantined, events, ends, totals, dedupFrom, newSeries }
}
