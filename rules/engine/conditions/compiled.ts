import type { CrossingReading } from '../../../model/alarm.ts'
import type { Device } from '../../../model/registry.ts'
import type { SeriesHistory } from '../series-history.ts'

/** The moment that is judged. */
export interface Moment {
  /** ms since the epoch. */
  t: number
  /** The next moment at which the outcome may be another without a new reading; conditions lower it. Always after `t`. */
  next: number
}

/**
 * A condition that is ready. It is judged at every moment at which it may change, in order, and keeps what it must remember
 * in its places of `state`; all else it reads from the histories.
 *
 * @returns 1: it holds; 0: it does not; NaN: it says nothing, as it has never had what it needs.
 */
export type Holds = (state: number[], moment: Moment) => number

export interface Compiled {
  readonly holds: Holds
  /** What it was found by at `t`, for people and evidence. */
  readonly readings: (t: number) => readonly CrossingReading[]
}

/** What conditions are made of: histories, and places in the state of their subject. */
export interface Workshop {
  readonly history: (device: string, metric: string, keep: Keep) => SeriesHistory
  /** When something was received of the device, by receive time; each value is its interval then, ms. */
  readonly seen: (device: string, metric: string | undefined) => SeriesHistory
  readonly device: (id: string) => Device | undefined
  /** Devices to compare with: of the same site, or within a radius. */
  readonly neighbours: (device: string, radiusKm: number | undefined) => readonly string[]
  /** Gives a place in the state, NaN at first. @param name - the same for the same part whenever the rule is made ready. */
  readonly place: (name: string, whenOn: PlaceWhenOn) => number
}

/** How far back a condition looks, ms and rows. */
export interface Keep {
  readonly ms: number
  readonly rows: number
}

/** What a place holds once its condition holds, as far as can be told from that alone; `nothing`: it is not known then. */
export type PlaceWhenOn = 'one' | 'long-ago' | 'nothing'

/** Where a condition stands: its path in the rule, and the devices that it is about. */
export interface Where {
  readonly path: string
  readonly devices: readonly string[]
}

/** @returns the row of a history that stands at `t`, as evidence. */
export function crossing(
  history: SeriesHistory,
  t: number,
  limit: CrossingReading['limit'] = undefined
): readonly CrossingReading[] {
  const place = history.indexAt(t)
  const at = history.times[place]
  if (at === undefined) return []
  const { device, metric } = history
  return [{ device, metric, t: at, value: history.contentAt(t), at: history.positions[place] ?? 0, limit }]
}
