import type { Kysely } from 'kysely'
import type { SequenceName, StateTables } from './tables.ts'

/**
 * Takes `count` numbers in a row, within the caller's transaction: they are given back if it is rolled back, so ids have
 * no gaps.
 *
 * @returns the first of them; the first ever is 1.
 */
export async function take(trx: Kysely<StateTables>, name: SequenceName, count: number): Promise<number> {
  const { last } = await trx
    .updateTable('sequence')
    .set(row => ({ last: row('last', '+', count) }))
    .where('name', '=', name)
    .returning('last')
    .executeTakeFirstOrThrow()
  return last - count + 1
}
