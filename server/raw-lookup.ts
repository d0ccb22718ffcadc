import { chirpStackUplinkOf } from '../ingest/decode/chirpstack-uplink.ts'
import { contentOf } from '../ingest/decode/event-reader.ts'
import { ttsUplinkOf } from '../ingest/decode/tts-uplink.ts'
import { topicOf } from '../ingest/topics.ts'
import type { JournalReader, MessageRecord, StoredRecord } from '../journal/journal.ts'
import { SenError } from '../model/errors.ts'
import { origin } from '../model/position.ts'
import type { Position } from '../model/position.ts'
import { PositionSet } from '../model/position-set.ts'
import type { Device } from '../model/registry.ts'
import type { RedecodeSelection } from '../model/redecode.ts'

/** What the raw log holds between two positions, both included, that a selection means. */
export interface SurveyRequest {
  readonly selection: RedecodeSelection
  readonly from: Position
  readonly to: Position
  /** It ends once it has found so many messages. */
  readonly mostMessages: number
  /** Those of the stretch that stand in quarantine; see `PositionSet`. */
  readonly quarantined: string
  /** Only these; all where left out. */
  readonly chosen: string | undefined
}

/** How far a survey came, and what it found. */
export interface Survey {
  /** Everything up to here was looked at. */
  readonly to: Position
  /** Messages that are meant; repeats of frames are among them. */
  readonly messages: number
  /** Those of them that stand in quarantine. */
  readonly quarantined: number
  /** Those of them whose device is not registered: they would be left as they are. */
  readonly unregistered: number
  /** When the first record of the stretch came, ms UTC. */
  readonly firstAt: number | undefined
}

/** Looks things up in the raw log, beside those who follow it. */
export class RawLookup {
  readonly #reader: JournalReader
  readonly #deviceOf: (hardware: string) => Pick<Device, 'id' | 'profile'> | undefined

  /** @param deviceOf - the device for which a DevEUI or name in a topic speaks; `undefined` if it is not registered. */
  constructor(reader: JournalReader, deviceOf: (hardware: string) => Pick<Device, 'id' | 'profile'> | undefined) {
    this.#reader = reader
    this.#deviceOf = deviceOf
  }

  /** The records after `after` up to and including `to` (which must be there), in order, as far as the log has them. */
  async *records(after: Position, to: Position): AsyncGenerator<readonly StoredRecord[]> {
    let reached = after
    try {
      for await (const records of this.#read(after, to)) {
        reached = records.at(-1)?.position ?? reached
        yield records
      }
    } catch (cause) {
      // What was asked for first has been given up: as much as is left.
      if (!(cause instanceof SenError) || cause.code !== 'SEN_JOURNAL_DAMAGED' || reached > after) throw cause
      for await (const records of this.#read(origin, to)) {
        const wanted = records.filter(({ position }) => position > after)
        if (wanted.length > 0) yield wanted
      }
    }
  }

  /** @returns the message at a position, or `undefined` if there is none any more. */
  async message(position: Position): Promise<(MessageRecord & { readonly position: Position }) | undefined> {
    for await (const records of this.records(position - 1, position)) {
      const found = records.find(record => record.position === position)
      // Not the whole stretch that was read: its bytes cross to another thread.
      return found?.kind === 'message' ? { ...found, payload: Uint8Array.from(found.payload) } : undefined
    }
    return undefined
  }

  /**
   * @param at - ms UTC.
   * @param last - end of the log.
   * @returns the first position of the log, from `first` on, whose record came at or after `at`; `last + 1` if none did.
   */
  async firstFrom(at: number, first: Position, last: Position): Promise<Position> {
    let [low, high] = [first, last + 1]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((await this.receivedAt(middle, last)) >= at) high = middle
      else low = middle + 1
    }
    return low
  }

  /** When the record at or next after a position came, ms UTC; infinite after the end. */
  async receivedAt(position: Position, last: Position): Promise<number> {
    for await (const records of this.records(position - 1, last)) {
      const [record] = records
      if (record) return record.receivedAt
    }
    return Number.POSITIVE_INFINITY
  }

  /** Counts what a selection means, up to a limit. */
  async survey(request: SurveyRequest): Promise<Survey> {
    const { from, to, mostMessages } = request
    const quarantined = PositionSet.parse(from, to, request.quarantined)
    const chosen = request.chosen === undefined ? undefined : PositionSet.parse(from, to, request.chosen)
    const counts = { messages: 0, quarantined: 0, unregistered: 0 }
    let firstAt: number | undefined
    for await (const records of this.records(from - 1, to)) {
      for (const record of records) {
        firstAt ??= record.receivedAt
        if (record.kind !== 'message' || chosen?.has(record.position) === false) continue
        const { selection } = request
        const hardware = this.#hardwareOf(record, selection.device)
        if (hardware === undefined) continue
        const { id, profile } = this.#deviceOf(hardware) ?? { id: hardware }
        if (selection.device !== undefined && selection.device !== id) continue
        if (selection.profile !== undefined && selection.profile !== profile) continue
        counts.messages++
        if (profile === undefined) counts.unregistered++
        if (quarantined.has(record.position)) counts.quarantined++
        if (counts.messages >= mostMessages) return { ...counts, to: record.position, firstAt }
      }
    }
    return { ...counts, to, firstAt }
  }

  /** What a message that can hold readings calls its device. */
  #hardwareOf(record: MessageRecord, wanted: string | undefined): string | undefined {
    const topic = topicOf(record.topic)
    if (topic.kind === 'telemetry') return topic.device
    if ((topic.kind !== 'chirpstack' && topic.kind !== 'tts') || topic.event !== 'up') return undefined
    if (
      topic.kind === 'chirpstack' &&
      wanted !== undefined &&
      (this.#deviceOf(topic.device)?.id ?? topic.device) !== wanted
    )
      return undefined
    const parsed = contentOf(topic, record.payload)
    if (!parsed.ok) return undefined
    const read = topic.kind === 'tts' ? ttsUplinkOf(parsed.json) : chirpStackUplinkOf(parsed.json)
    return read.ok ? read.uplink.device : undefined
  }

  async *#read(after: Position, to: Position): AsyncGenerator<readonly StoredRecord[]> {
    if (after >= to) return
    const ending = new AbortController()
    try {
      for await (const { records, damage } of this.#reader.read(after, ending.signal)) {
        const wanted = records.filter(({ position }) => position <= to)
        if (wanted.length > 0) yield wanted
        if (wanted.length < records.length || (wanted.at(-1)?.position ?? damage?.to ?? 0) >= to) return
      }
    } finally {
      ending.abort()
    }
  }
}
