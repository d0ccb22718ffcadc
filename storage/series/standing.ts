import type { StoreTotals } from '../../model/accounting.ts'
import type { Reading } from '../../model/reading-batch.ts'

/** What a row that came second to its (series, time) was, or `stored` for the first one. */
export type Outcome = 'stored' | 'duplicate' | 'superseded'

/** Totals while they are being counted. */
export type Tally = { -readonly [name in keyof StoreTotals]: StoreTotals[name] }

/**
 * Says which of two rows of one (series, time) stands, and what the other one is. Pure.
 *
 * The one of higher rank (generation, raw position) stands; at equal rank both come from one message, and the later one
 * stands. A live row that says the same again (resends do) changes nothing. The loser is a `duplicate` if both carry the same value, else it is `superseded`. So the totals follow from the
 * order of hand-over alone, whenever and in whatever portions rows are compared.
 *
 * @param standing - the row that stands so far, `undefined` if there is none.
 * @param row - the next row in the order of hand-over.
 */
export function settleRow(
  standing: Reading | undefined,
  row: Reading
): { readonly standing: Reading; readonly outcome: Outcome } {
  if (!standing) return { standing: row, outcome: 'stored' }
  const outcome = standing.value === row.value ? 'duplicate' : 'superseded'
  if (row.generation === 0 && Object.is(standing.value, row.value) && standing.quality === row.quality)
    return { standing, outcome }
  return { standing: outranks(row, standing) ? row : standing, outcome }
}

/** @returns whether `row`, handed over after `standing`, takes its place. */
export function outranks(
  row: Pick<Reading, 'generation' | 'at'>,
  standing: Pick<Reading, 'generation' | 'at'>
): boolean {
  return row.generation > standing.generation || (row.generation === standing.generation && row.at >= standing.at)
}
