import type { StorePosition } from '../storage/series/series-store.ts'

/** What became of everything received, cumulative since the first start. At rest both sums hold with `pending` 0. */
export interface Accounting {
  /** Fields of payloads that no profile maps: they are not stored. */
  readonly unmapped: number
  /** `received = stored + event + duplicate + quarantined + pending` */
  readonly messages: {
    readonly received: number
    readonly stored: number
    readonly event: number
    readonly duplicate: number
    readonly quarantined: number
    readonly pending: number
  }
  /** `decoded = stored + duplicate + superseded + refused + pending` */
  readonly readings: {
    readonly decoded: number
    readonly stored: number
    readonly duplicate: number
    readonly superseded: number
    readonly refused: number
    readonly pending: number
  }
}

/**
 * @param messages - messages in the raw log since it began.
 * @param store - where the series store stands: messages count as stored once their readings are in it.
 */
export function accountingOf(messages: number, store: StorePosition): Accounting {
  const received = messages - (store.decodeTotals.trimmed ?? 0)
  const { stored, event, duplicate, quarantined, decoded } = store.decodeTotals
  const { totals } = store
  const refused = totals.refused + store.decodeTotals.refused
  return {
    unmapped: store.decodeTotals.unmapped,
    messages: {
      received,
      stored,
      event,
      duplicate,
      quarantined,
      pending: received - stored - event - duplicate - quarantined
    },
    readings: {
      decoded,
      stored: totals.stored,
      duplicate: totals.duplicate,
      superseded: totals.superseded,
      refused,
      pending: decoded - totals.stored - totals.duplicate - totals.superseded - refused
    }
  }
}
