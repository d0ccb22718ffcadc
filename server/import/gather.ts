import type { Metric } from '../../model/metric.ts'
import { qualityOf } from '../../model/quality.ts'
import { isMissing, timeOfCell, valueOfCell } from './cells.ts'
import { headingName } from './mapping.ts'
import type { ImportMapping } from './mapping.ts'
import { SeriesRows } from './series-rows.ts'

/** A cell that cannot be read. */
export interface BadCell {
  /** As a spreadsheet numbers it: the heading is row 1. */
  readonly row: number
  readonly column: string
  readonly value: string
  readonly rule: string
}

export interface GatherProps {
  readonly heading: readonly string[]
  readonly mapping: ImportMapping
  /** How cells write a fraction. */
  readonly decimal: 'comma' | 'point'
  readonly metrics: ReadonlyMap<string, Metric>
  /** Whether a device is registered. */
  readonly hasDevice: (id: string) => boolean
  /** Nothing may be measured later, ms since the epoch. */
  readonly latest: number
  readonly onBad: (bad: BadCell) => void
}

/** Where a value of a row stands, and what it is. */
interface Source {
  readonly place: number
  readonly column: string
  readonly metric: Metric | undefined
  readonly unit: string
}

/** Puts the rows of a file in order: by series, each by time. What cannot be read is told, cell by cell, and left out. */
export class Gather {
  readonly #props: GatherProps
  readonly #places: ReadonlyMap<string, number>
  readonly #sources: readonly Source[]
  readonly #series = new Map<string, SeriesRows>()
  /** Rows read, bad cells, and cells without a value. */
  rows = 0
  bad = 0
  empty = 0

  constructor(props: GatherProps) {
    this.#props = props
    this.#places = new Map(props.heading.map((name, place) => [headingName(name), place]))
    this.#sources = Object.entries(props.mapping.columns).map(([column, { metric, unit }]) => ({
      ...{ place: this.#placeOf(column), column, unit },
      metric: props.metrics.get(metric)
    }))
  }

  /** The series found, by device and metric. */
  get series(): readonly SeriesRows[] {
    return [...this.#series.values()]
  }

  /** Takes the next row of the file. */
  add(cells: readonly string[]): void {
    this.rows++
    const { mapping, hasDevice, latest } = this.#props
    const device = mapping.device ?? this.#cell(cells, mapping.deviceColumn)
    if (!hasDevice(device)) return this.#refuse(mapping.deviceColumn ?? '--device', device, 'is no registered device')
    const timeText = mapping.time.map(column => this.#cell(cells, column)).join(' ')
    const time = timeOfCell(timeText, mapping.zone)
    const timeColumn = mapping.time.join('+')
    if (!time.ok) return this.#refuse(timeColumn, timeText, time.rule)
    if (time.value > latest) return this.#refuse(timeColumn, timeText, 'has not come yet')
    const quality = this.#qualityOf(cells)
    if (quality === undefined) return
    for (const source of this.#sourcesOf(cells)) this.#take(cells, source, { device, time: time.value, quality })
  }

  #sourcesOf(cells: readonly string[]): readonly Source[] {
    const { mapping, metrics } = this.#props
    const { metricColumn, valueColumn, unitColumn } = mapping
    if (metricColumn === undefined || valueColumn === undefined) return this.#sources
    const name = this.#cell(cells, metricColumn)
    const known = mapping.metrics[name] ?? { metric: name, unit: '' }
    const metric = metrics.get(known.metric)
    if (!metric) {
      this.#refuse(metricColumn, name, 'is no metric')
      return []
    }
    const unit = unitColumn === undefined ? known.unit : this.#cell(cells, unitColumn)
    return [{ place: this.#placeOf(valueColumn), column: valueColumn, metric, unit }]
  }

  #take(
    cells: readonly string[],
    { place, column, metric, unit }: Source,
    row: { readonly device: string; readonly time: number; readonly quality: number }
  ): void {
    const { mapping, decimal } = this.#props
    const text = cells[place] ?? ''
    if (metric?.kind !== 'text' && isMissing(text, mapping.missing)) {
      this.empty++
      return
    }
    if (!metric) return this.#refuse(column, mapping.columns[column]?.metric ?? '', 'is no metric')
    const value = valueOfCell(text, metric, { unit, decimal })
    if (value.ok) this.#seriesOf(row.device, metric).add(row.time, value.value, row.quality)
    else this.#refuse(column, text, value.rule)
  }

  #qualityOf(cells: readonly string[]): number | undefined {
    const { qualityColumn } = this.#props.mapping
    if (qualityColumn === undefined) return 0
    const text = this.#cell(cells, qualityColumn)
    try {
      return qualityOf(text)
    } catch {
      this.#refuse(qualityColumn, text, 'holds a mark that Sen does not know')
      return undefined
    }
  }

  #seriesOf(device: string, metric: Metric): SeriesRows {
    const key = `${device} ${metric.name}`
    const found = this.#series.get(key)
    if (found) return found
    const rows = new SeriesRows(device, metric)
    this.#series.set(key, rows)
    return rows
  }

  #cell(cells: readonly string[], column: string | undefined): string {
    return column === undefined ? '' : (cells[this.#placeOf(column)] ?? '').trim()
  }

  #placeOf(column: string): number {
    return this.#places.get(headingName(column)) ?? -1
  }

  #refuse(column: string, value: string, rule: string): void {
    this.bad++
    this.#props.onBad({ row: this.rows + 1, column, value: value.slice(0, 100), rule })
  }
}
