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

/** As a block of it is kept. */
export type KeptRows = readonly (readonly [
  t: number,
  value: number | string,
  quality: number,
  generation: number,
  at: number
])[]

/** A long history is kept in blocks of so much time, that not all of it is written with each new row, ms. */
const blockMs = 6 * 3_600_000

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
  #keepMs = 0
  #keepRows = 1
  /** Blocks that have changed since they were kept. */
  readonly #changed = new Set<number>()

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

  /** Says how far back rows are needed behind the newest, ms, and how many behind that; it only grows. */
  keep(ms: number, rows: number): void {
    const isNew = ms > this.#keepMs && blockOf(0, ms) !== blockOf(0, this.#keepMs)
    if (isNew) for (const t of this.times) this.#changed.add(blockOf(t, this.#keepMs))
    this.#keepMs = Math.max(this.#keepMs, ms)
    this.#keepRows = Math.max(this.#keepRows, rows)
    if (isNew) for (const t of this.times) this.#changed.add(blockOf(t, this.#keepMs))
  }

  /** @returns the blocks that have changed since the last call; those without rows are no more. */
  takeChanged(): readonly (readonly [block: number, rows: KeptRows])[] {
    const blocks = new Map([...this.#changed].map(block => [block, [] as KeptRows[number][]]))
    this.#changed.clear()
    for (const [i, t] of this.times.entries()) blocks.get(blockOf(t, this.#keepMs))?.push(this.#kept(i))
    return [...blocks]
  }

  /** The blocks that it has. */
  get blocks(): Iterable<number> {
    return new Set(this.times.map(t => blockOf(t, this.#keepMs)))
  }

  /** @param blocks - all of them, in any order. */
  restore(blocks: Iterable<KeptRows>): void {
    const rows = [...blocks].flat().sort(([a], [b]) => a - b)
    for (const [t, value, quality, generation, at] of rows)
      this.#insert(this.times.length, { t, value, quality, generation, at })
    this.#changed.clear()
  }

  #kept(place: number): KeptRows[number] {
    const t = this.times[place] ?? 0
    const value = this.#contentOf(place)
    const kept = typeof value === 'number' && Number.isNaN(value) ? '' : value
    return [t, kept, this.qualities[place] ?? 0, this.#generations[place] ?? 0, this.positions[place] ?? 0]
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
    this.#changed.add(blockOf(row.t, this.#keepMs))
  }

  #trim(): void {
    const newest = this.times[this.times.length - 1] ?? 0
    const first = this.#placeOf(newest - this.#keepMs) - this.#keepRows
    if (first < 16) return
    this.from = this.times[first] ?? this.from
    this.#remove(0, first)
  }

  #remove(place: number, count: number): void {
    for (const t of this.times.slice(place, place + count)) {
      this.#texts?.delete(t)
      this.#changed.add(blockOf(t, this.#keepMs))
    }
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

/** Which block a row of that time is kept in: a short history is one, of number -1. */
function blockOf(t: number, keepMs: number): number {
  return keepMs > 2 * blockMs ? Math.floor(t / blockMs) : -1
}
