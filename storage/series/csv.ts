import { qualityText } from '../../model/quality.ts'
import type { SeriesId } from '../../model/series.ts'
import type { RowsPage } from './series-store.ts'

/** How a series is called in an export. */
export interface SeriesName {
  readonly device: string
  readonly metric: string
  /** UCUM code, '' where there is none. */
  readonly unit: string
}

const header = 'device,metric,unit,time,value,quality\r\n'
/** Rows of one piece of text: enough to make few writes, little enough to stay small in memory. */
const rowsPerPiece = 1000

/**
 * Rows as CSV (RFC 4180: CRLF, quotes where needed), in pieces of up to 1,000 lines; the header comes first, even if there are no rows.
 *
 * Times are ISO 8601 in UTC; numbers stand as they are, true and false as 1 and 0. Words that a spreadsheet would take for
 * a formula get an apostrophe in front (OWASP, "CSV Injection").
 *
 * @param pages - rows in the order they shall have, for example from `SeriesStore.scan`.
 * @param nameOf - gives the names of a series; called once a series and page.
 */
export async function* csvOf(
  pages: AsyncIterable<RowsPage> | Iterable<RowsPage>,
  nameOf: (series: SeriesId) => SeriesName
): AsyncGenerator<string> {
  yield header
  for await (const page of pages) {
    const heads = new Map(
      [...new Set(page.series)].map(series => {
        const { device, metric, unit } = nameOf(series)
        return [series, `${textCell(device)},${textCell(metric)},${textCell(unit)}`]
      })
    )
    for (let from = 0; from < page.series.length; from += rowsPerPiece) yield linesOf(page, heads, from)
  }
}

function linesOf(page: RowsPage, heads: ReadonlyMap<SeriesId, string>, from: number): string {
  let lines = ''
  const to = Math.min(from + rowsPerPiece, page.series.length)
  for (let row = from; row < to; row++) {
    const head = heads.get(page.series[row] ?? 0) ?? ''
    const time = new Date(page.time[row] ?? NaN).toISOString()
    const value = page.value[row] ?? ''
    const cell = typeof value === 'number' ? String(value) : textCell(value)
    lines += `${head},${time},${cell},${textCell(qualityText(page.quality[row] ?? 0))}\r\n`
  }
  return lines
}

/** @returns words as one cell: guarded against being a formula, and quoted if they hold a comma, a quote or a line break. */
export function textCell(text: string): string {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}
