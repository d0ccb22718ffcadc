import type { ImportedRows } from '../../model/imported-rows.ts'
import type { Metric } from '../../model/metric.ts'

type Portion = ImportedRows['series'][number]

/** What is told of a series before it is imported. */
export interface SeriesSummary {
  readonly device: string
  readonly metric: string
  readonly unit: string
  readonly rows: number
  /** ms since the epoch; of the first and the last row. */
  readonly from: number
  readonly to: number
  /** Of numbers, in the metric's unit. */
  readonly least: number | undefined
  readonly most: number | undefined
  /** Rows whose time another row of the file has too: the later row counts. */
  readonly repeated: number
  /** Outside the metric's plausible range: kept, and marked. */
  readonly implausible: number
}

const firstCapacity = 1024

/** The rows of one series out of a file: columns in memory, about 17 bytes a row. */
export class SeriesRows {
  readonly device: string
  readonly metric: Metric
  #t = new Float64Array(firstCapacity)
  #value = new Float64Array(firstCapacity)
  #quality = new Uint8Array(firstCapacity)
  readonly #texts: string[] = []
  #length = 0
  #repeated = 0
  #isOrdered = true

  constructor(device: string, metric: Metric) {
    this.device = device
    this.metric = metric
  }

  add(t: number, value: number | string, quality: number): void {
    if (this.#length === this.#t.length) this.#grow()
    const row = this.#length++
    if (row > 0 && t <= (this.#t[row - 1] ?? 0)) this.#isOrdered = false
    this.#t[row] = t
    if (typeof value === 'number') this.#value[row] = value
    else this.#texts[row] = value
    this.#quality[row] = quality
  }

  /** Rows in the order of their time, each time once: of several rows at one time the last in the file. */
  order(): void {
    if (this.#isOrdered) return
    const t = this.#t
    const rows = Uint32Array.from({ length: this.#length }, (_, row) => row).sort(
      (a, b) => (t[a] ?? 0) - (t[b] ?? 0) || a - b
    )
    const kept = rows.filter((row, i) => i === rows.length - 1 || t[row] !== t[rows[i + 1] ?? 0])
    this.#repeated = this.#length - kept.length
    const [oldT, oldValue, oldQuality] = [this.#t, this.#value, this.#quality]
    const oldTexts = [...this.#texts]
    this.#t = Float64Array.from(kept, row => oldT[row] ?? 0)
    this.#value = Float64Array.from(kept, row => oldValue[row] ?? 0)
    this.#quality = Uint8Array.from(kept, row => oldQuality[row] ?? 0)
    if (this.metric.kind === 'text') kept.forEach((row, i) => (this.#texts[i] = oldTexts[row] ?? ''))
    this.#length = kept.length
    this.#isOrdered = true
  }

  get summary(): SeriesSummary {
    const { name, unit, kind, min = -Infinity, max = Infinity } = this.metric
    let least = Infinity
    let most = -Infinity
    let implausible = 0
    if (kind !== 'text') {
      for (let row = 0; row < this.#length; row++) {
        const value = this.#value[row] ?? 0
        least = Math.min(least, value)
        most = Math.max(most, value)
        if (value < min || value > max) implausible++
      }
    }
    const numbers = kind === 'text' ? { least: undefined, most: undefined } : { least, most }
    return {
      ...{ device: this.device, metric: name, unit, rows: this.#length, ...numbers, implausible },
      ...{ from: this.#t[0] ?? 0, to: this.#t[this.#length - 1] ?? 0, repeated: this.#repeated }
    }
  }

  /** The rows in portions of at most `size`, in order. */
  *portions(size: number): Generator<Portion> {
    const isText = this.metric.kind === 'text'
    for (let from = 0; from < this.#length; from += size) {
      const to = Math.min(from + size, this.#length)
      const quality = Array.from(this.#quality.subarray(from, to))
      yield {
        metric: this.metric.name,
        t: Array.from(this.#t.subarray(from, to)),
        value: isText ? this.#texts.slice(from, to) : Array.from(this.#value.subarray(from, to)),
        ...(quality.some(bits => bits !== 0) && { quality })
      }
    }
  }

  #grow(): void {
    const size = this.#t.length * 2
    const [t, value, quality] = [this.#t, this.#value, this.#quality]
    this.#t = new Float64Array(size)
    this.#value = new Float64Array(size)
    this.#quality = new Uint8Array(size)
    this.#t.set(t)
    this.#value.set(value)
    this.#quality.set(quality)
  }
}
