import type { StoredRecord } from '../../journal/journal.ts'
import type { DecodeTotals } from '../../model/accounting.ts'
import type { Position } from '../../model/position.ts'
import { PositionSet } from '../../model/position-set.ts'
import type { QuarantineReason } from '../../model/reading-batch.ts'
import type { RedecodeCounts, RedecodePart, Redecoded } from '../../model/redecode.ts'
import { noRedecodeCounts } from '../../model/redecode.ts'
import type { Topic } from '../topics.ts'
import { RadioDedup } from './radio-dedup.ts'
import { ResendDedup } from './resend-dedup.ts'

/**
 * Reads the raw log again: the records after `after` up to and including `to`, in order, as far as the log still has them.
 */
export type RereadRaw = (after: Position, to: Position) => AsyncIterable<readonly StoredRecord[]>

/** What decode remembers of recent messages to know a frame or packet that comes again. */
export interface Memory {
  readonly radio: RadioDedup
  readonly resends: ResendDedup
}

/** Nothing remembered yet. */
export function newMemory(): Memory {
  return { radio: new RadioDedup(), resends: new ResendDedup() }
}

/** Where decoding again stands: what it remembers at `reached`, of the job that began at `began`. */
export interface RedecodeSession {
  readonly began: Position
  readonly reached: Position
  readonly memory: Memory
}

/** Whether a part is done already: those of one job come in order, and jobs one after another. */
export function isPartDone(
  { began, to }: RedecodePart,
  { redecodeBegan = 0, redecodeTo = 0 }: Pick<DecodeTotals, 'redecodeBegan' | 'redecodeTo'>
): boolean {
  return began < redecodeBegan || (began === redecodeBegan && to <= redecodeTo)
}

/** Reasons that say nothing about the message: it stays what it was. */
const provesNothing: ReadonlySet<QuarantineReason> = new Set([
  'unclaimed',
  'replaced',
  'decommissioned',
  'unknown-profile',
  'codec-suspended',
  'codec-timeout',
  'codec-memory'
])

/** What a message was, and what it is now. */
export interface Move {
  readonly before: 'stored' | 'event' | 'quarantined'
  readonly after: 'stored' | 'event' | 'quarantined'
}

/** Which messages of a part are meant, and what becomes of them: collects a `Redecoded`. */
export class Redecoding {
  readonly #part: RedecodePart
  readonly #deviceOf: (hardware: string) => string
  readonly #quarantined: PositionSet
  readonly #chosen: PositionSet | undefined
  readonly #withdrawn: Position[] = []
  readonly #released: Position[] = []
  readonly #counts: { -readonly [name in keyof RedecodeCounts]: number } = { ...noRedecodeCounts }

  /** @param deviceOf - the device for which a DevEUI or name in a topic speaks. */
  constructor(part: RedecodePart, deviceOf: (hardware: string) => string) {
    this.#deviceOf = deviceOf
    const { from, to, quarantined, chosen } = part
    this.#part = part
    this.#quarantined = PositionSet.parse(from, to, quarantined)
    this.#chosen = chosen === undefined ? undefined : PositionSet.parse(from, to, chosen)
  }

  /** Whether the message may be meant, as far as its place and topic say. */
  mayMean(position: Position, topic: Topic): boolean {
    const { from, device } = this.#part
    if (position < from || this.#chosen?.has(position) === false) return false
    // The Things Stack's topics have a word of their own for the device, and those of other brokers a mapping.
    return (
      device === undefined ||
      topic.kind === 'tts' ||
      topic.kind === 'unknown' ||
      ('device' in topic && this.#deviceOf(topic.device) === device)
    )
  }

  /** Whether it is meant, by device and profile. */
  means(device: string, profile: string | undefined): boolean {
    const { device: wanted, profile: wantedProfile } = this.#part
    return (wanted === undefined || wanted === device) && (wantedProfile === undefined || wantedProfile === profile)
  }

  /** A message that was left as it was. */
  leave(): void {
    this.#counts.messages++
    this.#counts.left++
  }

  /**
   * Notes what a message is now.
   *
   * @param rows - readings that it gives now.
   * @returns what it was and is, or `undefined` if it stays as it was.
   */
  move(
    position: Position,
    outcome: 'stored' | 'event' | { readonly reason: QuarantineReason },
    rows: number
  ): Move | undefined {
    const after = typeof outcome === 'string' ? outcome : 'quarantined'
    if (typeof outcome !== 'string' && provesNothing.has(outcome.reason)) {
      this.leave()
      return undefined
    }
    const wasQuarantined = this.#quarantined.has(position)
    // Whether a frame holds application data does not depend on who reads it.
    const before = wasQuarantined ? 'quarantined' : after === 'event' ? 'event' : 'stored'
    this.#counts.messages++
    this.#counts[after]++
    this.#counts.readings += rows
    if (!wasQuarantined) this.#withdrawn.push(position)
    if (wasQuarantined && after !== 'quarantined') {
      this.#released.push(position)
      this.#counts.released++
    }
    if (before === 'stored' && after === 'quarantined') this.#counts.lost++
    return { before, after }
  }

  /** What the part did. */
  done(): Redecoded {
    const { job, began, from, to } = this.#part
    return { job, began, from, to, withdrawn: this.#withdrawn, released: this.#released, counts: { ...this.#counts } }
  }
}
