import { qualityText } from '../model/quality.ts'
import type { ValueKind } from '../model/metric.ts'
import type { SeriesId } from '../model/series.ts'
import type { RangeColumns, RowsPage } from '../storage/series/series-store.ts'

/** What is said of a series in an answer. */
export interface SeriesHead {
  readonly id: SeriesId
  readonly device: string
  readonly metric: string
  readonly unit: string
  readonly kind: ValueKind
}

/** How a stored value is shown: 1 and 0 of a boolean metric as true and false. */
export function shownValue(value: number | string, kind: ValueKind): number | boolean | string {
  return kind === 'boolean' && typeof value === 'number' ? value !== 0 : value
}

/**
 * Answers of `GET /readings` as JSON text. They may be megabytes, so they are written in the thread that has the columns,
 * and not in the one that takes messages in.
 *
 * @param isAlone - one device and one metric were asked for: their columns stand at the top level.
 */
export function bucketsAnswer(
  columns: readonly RangeColumns[],
  heads: readonly SeriesHead[],
  isAlone: boolean
): string {
  // Every series has the same buckets.
  const t = JSON.stringify(columns[0]?.t.map(time => new Date(time).toISOString()) ?? [])
  const byId = new Map(heads.map(head => [head.id, head]))
  const named = columns.map(({ series, columns: values }) => {
    const { device = '', metric = '', unit = '' } = byId.get(series) ?? {}
    const functions = Object.entries(values).map(
      ([name, column]) => `${JSON.stringify(name)}:${JSON.stringify(column)}`
    )
    const head = JSON.stringify({ device, metric, unit }).slice(0, -1)
    return `${[head, `"t":${t}`, ...functions].join(',')}}`
  })
  const [only] = named
  return isAlone && only !== undefined ? only : `{"series":[${named.join(',')}]}`
}

/** Stored rows; `device` and `metric` as columns where there are several series. */
export function rowsAnswer(page: RowsPage, heads: readonly SeriesHead[]): string {
  const byId = new Map(heads.map(head => [head.id, head]))
  const headOf = (id: SeriesId) => byId.get(id)
  const t = page.time.map(time => new Date(time).toISOString())
  const value = page.value.map((one, i) => shownValue(one, headOf(page.series[i] ?? 0)?.kind ?? 'number'))
  const quality = page.quality.map(qualityText)
  const present = new Set(page.series)
  const [only] = present
  const cursor = page.cursor ?? null
  if (present.size > 1) {
    const device = page.series.map(id => headOf(id)?.device ?? '')
    const metric = page.series.map(id => headOf(id)?.metric ?? '')
    return JSON.stringify({ device, metric, t, value, quality, cursor })
  }
  const head = only === undefined ? undefined : headOf(only)
  return JSON.stringify({ metric: head?.metric ?? null, unit: head?.unit ?? null, t, value, quality, cursor })
}
