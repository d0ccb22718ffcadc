import type { Position } from './position.ts'

/** Which messages are decoded again. Everything that is given must fit; what names no device never does. */
export interface RedecodeSelection {
  /** Those of this device. */
  readonly device?: string | undefined
  /** Those of devices that have this profile when they are decoded again. */
  readonly profile?: string | undefined
  /** Only those that stand in quarantine. */
  readonly isQuarantined?: boolean | undefined
  /** Only those that stand in quarantine for this reason. */
  readonly reason?: string | undefined
}

/**
 * A record of the raw log by which the messages of a stretch of it are decoded again, at its own place, with what
 * registry and profiles say there. A job is many of these, each small enough that live messages do not wait for it.
 *
 * Decode carries out those of one job in order, each once: one that is not above what it has done is passed over.
 */
export interface RedecodePart {
  readonly job: number
  /** End of the raw log when the job began: orders jobs. */
  readonly began: Position
  /** The stretch, both ends included; it lies before this record. */
  readonly from: Position
  readonly to: Position
  /** After this begins what must be shown again to know repeats of frames at `from`. */
  readonly warmFrom: Position
  readonly generation: number
  readonly device?: string | undefined
  readonly profile?: string | undefined
  /** Those of the stretch that stand in quarantine; see `PositionSet`. */
  readonly quarantined: string
  /** Only these of the stretch; all where left out. */
  readonly chosen?: string | undefined
}

/** What became of the messages of a job, or of a part of one. */
export interface RedecodeCounts {
  /** Messages that fit the selection and can be decoded again; repeats of frames are not among them. */
  readonly messages: number
  /** Those of them that have readings now … */
  readonly stored: number
  /** … that hold no application data … */
  readonly event: number
  /** … that stand in quarantine now … */
  readonly quarantined: number
  /** … and that were left as they were: not registered, or a codec that could not run. */
  readonly left: number
  /** Those that left quarantine. */
  readonly released: number
  /** Those that had readings and have none now: they are in quarantine. */
  readonly lost: number
  /** Readings handed over. */
  readonly readings: number
}

/** Nothing yet. */
export const noRedecodeCounts: RedecodeCounts = {
  messages: 0,
  stored: 0,
  event: 0,
  quarantined: 0,
  left: 0,
  released: 0,
  lost: 0,
  readings: 0
}

/** @returns both together. */
export function addedCounts(a: RedecodeCounts, b: RedecodeCounts): RedecodeCounts {
  return {
    messages: a.messages + b.messages,
    stored: a.stored + b.stored,
    event: a.event + b.event,
    quarantined: a.quarantined + b.quarantined,
    left: a.left + b.left,
    released: a.released + b.released,
    lost: a.lost + b.lost,
    readings: a.readings + b.readings
  }
}

/** What a part did, as its batch says it. */
export interface Redecoded {
  readonly job: number
  readonly began: Position
  readonly from: Position
  readonly to: Position
  /** Messages whose earlier readings are taken back before the batch's own are added; rising. */
  readonly withdrawn: readonly Position[]
  /** Messages that left quarantine. */
  readonly released: readonly Position[]
  readonly counts: RedecodeCounts
}
