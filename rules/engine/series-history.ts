import { qualityBits } from '../../model/quality.ts'
import type { Quality } from '../../model/quality.ts'

/** A row that may come to stand at its time. */
export interface HistoryRow {
  readonly t: number
  readonly value: number | string
  readonly quality: Quality
  readonly generation: number
  readonly at: number
}

/** As it is kept: columns, text as it is, and from when on it is whole. */
export interface HistoryState {
  readonly from: number | null
  readonly rows: readonly (readonly [
    t: number,
    value: number | string,
    quality: number,
    generation: number,
    at: number
  ])[]
}

/** Rows that no rule believes; what a person has entered counts all the same, unless it was taken back. */
const unbelieved = qualityBits.implausible | qualityBits.doubtful

/**
 * The standing rows of one series over the last while, by event time: at one time the row of highest rank, as in the series
 * store. What they come to does not depend on the order in which they came.
 */
export class SeriesHistory {
  readonly device: string
  readonly metric: string
  /** Event times, rising. */
  readonly times: number[] = []
  /** NaN where the row says nothing: text, not believed, taken back. */
  readonly values: number[] = []
  readonly qualities: number[] = []
  readonly positions: number[] = []
  readonly #generations: number[] = []
  #texts: Map<number, string> | undefined
  /** It holds every row from here on, ms since the epoch, and the one that stood then. */
  from = Number.NEGATIVE_INFINITY
  /** How far back rows are needed behind the newest, ms. */
  keepMs = 0
  /** How many rows are needed behind that. */
  keepRows = 1

  constructor(device: string, metric: string) {
    this.device = device
    this.metric = metric
  }

  /** @returns whether another value stands now, or another trust in it. */
  put(row: HistoryRow): boolean {
    const { times } = this
    const last = times.length - 1
    if (last < 0 || row.t > (times[last] ?? 0)) {
      this.#insert(times.length, row)
      if (times.length >= 32 && (times.length & 31) === 0) this.#trim()
      return true
    }
    const place = this.#placeOf(row.t)
    if (times[place] === row.t) return this.#replace(place, row)
    this.#insert(place, row)
    return true
  }

  /** Takes back what these messages gave before a generation. @returns the earliest time that is empty now. */
  withdraw(positions: ReadonlySet<number>, generation: number): number | undefined {
    let earliest: number | undefined
    for (let i = this.times.length - 1; i >= 0; i--) {
      if (!positions.has(this.positions[i] ?? -1) || (this.#generations[i] ?? 0) >= generation) continue
      earliest = this.times[i]
      this.#remove(i, 1)
    }
    return earliest
  }

  /** @returns the place of the newest row at or before `t` that says something; -1 if there is none. */
  indexAt(t: number): number {
    const { times, values } = this
    let place = times.length - 1
    if (place >= 0 && (times[place] ?? 0) > t) place = this.#placeOf(t + 1) - 1
    while (place >= 0 && Number.isNaN(values[place]) && !this.#texts?.has(times[place] ?? 0)) place--
    return place
  }

  /** @returns the number that stands at `t`; NaN if there is none, or words. */
  valueAt(t: number): number {
    return this.values[this.indexAt(t)] ?? Number.NaN
  }

  /** @returns the words or the number that stand at `t`; NaN if there are none. */
  contentAt(t: number): number | string {
    const place = this.indexAt(t)
    return this.#texts?.get(this.times[place] ?? Number.NaN) ?? this.values[place] ?? Number.NaN
  }

  /** @returns the time of the first row after `t`, whatever it says; Infinity if there is none. */
  after(t: number): number {
    const { times } = this
    const last = times[times.length - 1]
    if (last === undefined || last <= t) return Number.POSITIVE_INFINITY
    return times[this.#placeOf(t + 1)] ?? Number.POSITIVE_INFINITY
  }

  get state(): HistoryState {
    const rows = this.times.map((t, i) => {
      const value = this.#texts?.get(t) ?? this.values[i] ?? Number.NaN
      const kept = typeof value === 'number' && Number.isNaN(value) ? '' : value
      return [t, kept, this.qualities[i] ?? 0, this.#generations[i] ?? 0, this.positions[i] ?? 0] as const
    })
    return { from: Number.isFinite(this.from) ? this.from : null, rows }
  }

  restore({ from, rows }: HistoryState): void {
    this.from = from ?? Number.NEGATIVE_INFINITY
    for (const [t, value, quality, generation, at] of rows) this.put({ t, value, quality, generation, at })
  }

  /** The first place whose time is not before `t`. */
  #placeOf(t: number): number {
    const { times } = this
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((times[middle] ?? 0) < t) low = middle + 1
      else high = middle
    }
    return low
  }

  #replace(place: number, row: HistoryRow): boolean {
    const was = { value: this.#contentOf(place), quality: this.qualities[place] ?? 0 }
    const isSame = Object.is(was.value, contentOf(row)) && was.quality === row.quality
    if (isSame && row.generation === 0) return false
    const generation = this.#generations[place] ?? 0
    const outranks =
      row.generation > generation || (row.generation === generation && row.at >= (this.positions[place] ?? 0))
    if (!outranks) return false
    this.#set(place, row)
    return !isSame
  }

  #contentOf(place: number): number | string {
    return this.#texts?.get(this.times[place] ?? 0) ?? this.values[place] ?? Number.NaN
  }

  #insert(place: number, row: HistoryRow): void {
    if (place === this.times.length) {
      this.times.push(row.t)
      this.values.push(Number.NaN)
      this.qualities.push(0)
      this.positions.push(0)
      this.#generations.push(0)
    } else {
      this.times.splice(place, 0, row.t)
      this.values.splice(place, 0, Number.NaN)
      this.qualities.splice(place, 0, 0)
      this.positions.splice(place, 0, 0)
      this.#generations.splice(place, 0, 0)
    }
    this.#set(place, row)
  }

  #set(place: number, row: HistoryRow): void {
    const content = contentOf(row)
    if (typeof content === 'string') (this.#texts ??= new Map()).set(row.t, content)
    else this.#texts?.delete(row.t)
    this.values[place] = typeof content === 'string' ? Number.NaN : content
    this.qualities[place] = row.quality
    this.positions[place] = row.at
    this.#generations[place] = row.generation
  }

  #trim(): void {
    const newest = this.times[this.times.length - 1] ?? 0
    const first = this.#placeOf(newest - this.keepMs) - this.keepRows
    if (first < 16) return
    this.from = this.times[first] ?? this.from
    this.#remove(0, first)
  }

  #remove(place: number, count: number): void {
    for (const t of this.times.slice(place, place + count)) this.#texts?.delete(t)
    this.times.splice(place, count)
    this.values.splice(place, count)
    this.qualities.splice(place, count)
    this.positions.splice(place, count)
    this.#generations.splice(place, count)
  }
}

/** What the row says; NaN: nothing. */
function contentOf({ value, quality }: HistoryRow): number | string {
  const isBelieved =
    (quality & qualityBits.manual) !== 0
      ? (quality & qualityBits.withdrawn) === 0
      : (quality & (unbelieved | qualityBits.withdrawn)) === 0
  return isBelieved && value !== '' ? value : Number.NaN
}
