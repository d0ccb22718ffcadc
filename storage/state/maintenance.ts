import type { Kysely } from 'kysely'
import type { Alarm, Maintenance } from '../../model/alarm.ts'
import { maintenanceOfRow } from './alarm-rows.ts'
import { take } from './sequence.ts'
import type { StateTables } from './tables.ts'

/** Adds a time of maintenance. @returns its id. */
export async function insertMaintenance(
  trx: Kysely<StateTables>,
  { of, from, to, reason, author, authorName }: Omit<Maintenance, 'id'>
): Promise<number> {
  const id = await take(trx, 'maintenance', 1)
  const times = { from_time: Math.round(from), to_time: Math.round(to) }
  await trx
    .insertInto('maintenance')
    .values({ ...{ id, ...times, reason, author }, of_kind: of.kind, of_id: of.id, author_name: authorName })
    .execute()
  return id
}

/** Those that were not over at `since`. */
export async function maintenanceSince(db: Kysely<StateTables>, since: number): Promise<readonly Maintenance[]> {
  const rows = await db
    .selectFrom('maintenance')
    .selectAll()
    .where('to_time', '>', since)
    .orderBy('from_time')
    .orderBy('id')
    .limit(1000)
    .execute()
  return rows.map(maintenanceOfRow)
}

/** What is done at `at` on the alarm's device or at its site. */
export async function maintenanceAt(
  db: Kysely<StateTables>,
  { subject, site }: Pick<Alarm, 'subject' | 'site'>,
  at: number
): Promise<Maintenance | undefined> {
  const places = [
    ...(subject.kind === 'device' || subject.kind === 'site' ? [{ kind: subject.kind, id: subject.id }] : []),
    ...(site === undefined ? [] : [{ kind: 'site', id: site }])
  ]
  if (places.length === 0) return undefined
  const row = await db
    .selectFrom('maintenance')
    .selectAll()
    .where('from_time', '<=', at)
    .where('to_time', '>', at)
    .where(is => is.or(places.map(({ kind, id }) => is.and([is('of_kind', '=', kind), is('of_id', '=', id)]))))
    .limit(1)
    .executeTakeFirst()
  return row && maintenanceOfRow(row)
}

/** Ends it at `now`; one that has not begun is taken back. @returns whether it was there and not over. */
export async function endMaintenance(trx: Kysely<StateTables>, id: number, now: number): Promise<boolean> {
  const open = trx.updateTable('maintenance').set({ to_time: now }).where('id', '=', id).where('to_time', '>', now)
  const { numUpdatedRows } = await open.executeTakeFirstOrThrow()
  return numUpdatedRows > 0
}
