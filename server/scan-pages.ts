import type { RowsPage } from '../storage/series/series-store.ts'
import type { SeriesQueries } from './services.ts'

/** What reading every row of a query asks of the series store. */
export type ScanQueries = Pick<SeriesQueries, 'openScan' | 'nextPage' | 'endScan'>

/** Every row of a query in pages. Whoever leaves early, or is thrown out, ends the scan: only a few may run at a time. */
export async function* scanPages(
  queries: ScanQueries,
  query: Parameters<SeriesQueries['openScan']>[0]
): AsyncGenerator<RowsPage> {
  const scan = await queries.openScan(query)
  try {
    for (let page = await queries.nextPage(scan); page; page = await queries.nextPage(scan)) yield page
  } finally {
    await queries.endScan(scan)
  }
}
