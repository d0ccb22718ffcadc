import type { Position } from './position.ts'

/**
 * What became of every acknowledged message, cumulative since the raw log began.
 * At rest `received = stored + event + duplicate + quarantined + pending`, where `received` and `pending` come from the log's end.
 */
export interface MessageTotals {
  /** Messages of which at least one reading was kept. */
  readonly stored: number
  /** Frames without application data, joins, status and the like. */
  readonly event: number
  /** Recognised radio or DUP resends. */
  readonly duplicate: number
  /** Kept aside with a reason, unclaimed devices included. */
  readonly quarantined: number
}

/** What decode has done up to a raw position, cumulative since the raw log began. */
export interface DecodeTotals extends MessageTotals {
  /** Readings found in payloads: those handed over to the `readings` log, and the refused ones. */
  readonly decoded: number
  /** Values of mapped fields that cannot be stored: not finite, beyond exact integers, of the wrong kind. */
  readonly refused: number
  /** Keys of payloads that a profile does not map. */
  readonly unmapped: number
  /** Messages before the place where decoding began anew, because the raw log had given them up; absent if there are none. */
  readonly trimmed?: number
  /** The part of decoding again that was done last: when its job began, and its end. Absent until there is one. */
  readonly redecodeBegan?: Position
  readonly redecodeTo?: Position
}

/**
 * What the series store has done with the readings up to its position, cumulative.
 * At rest `decoded = stored + duplicate + superseded + refused + pending`.
 */
export interface StoreTotals {
  readonly stored: number
  /** The same value again at the same (series, time). */
  readonly duplicate: number
  /** Another value at the same (series, time): the one of higher rank stands. */
  readonly superseded: number
  /** Not storable (counted, with the reason in the log). */
  readonly refused: number
}

export const noDecodeTotals: DecodeTotals = {
  stored: 0,
  event: 0,
  duplicate: 0,
  quarantined: 0,
  decoded: 0,
  refused: 0,
  unmapped: 0
}
export const noStoreTotals: StoreTotals = { stored: 0, duplicate: 0, superseded: 0, refused: 0 }
