import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { observationRecord } from '../../model/observation.ts'
import type { ListedObservation, ObservationQuery, Observed } from '../../model/observation.ts'
import { chunks } from './chunks.ts'
import type { ObservationRow, StateTables } from './tables.ts'

const rowsPerStatement = 500

/** Keeps observations, each position once: a log that is read again adds nothing. */
export async function addObserved(trx: Kysely<StateTables>, observed: readonly Observed[]): Promise<void> {
  for (const part of chunks(observed.map(rowOf), rowsPerStatement)) {
    await trx
      .insertInto('observation')
      .values(part)
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
}

/** Newest entry first, each with what came next at its place, if anything did. */
export async function listedObservations(
  db: Kysely<StateTables>,
  { limit, before, device, metric, from, to, sites }: ObservationQuery
): Promise<readonly ListedObservation[]> {
  let query = db
    .selectFrom('observation as one')
    .selectAll('one')
    .select(
      sql<string | null>`(select later.kind from observation later where later.device = one.device
        and later.metric = one.metric and later.t = one.t and later.position > one.position
        order by later.position limit 1)`.as('replaced_by')
    )
    .orderBy('one.position', 'desc')
    .limit(limit)
  if (before !== undefined) query = query.where('one.position', '<', before)
  if (device !== undefined) query = query.where('one.device', '=', device)
  if (metric !== undefined) query = query.where('one.metric', '=', metric)
  if (from !== undefined) query = query.where('one.t', '>=', from)
  if (to !== undefined) query = query.where('one.t', '<', to)
  // As one value: there may be more sites than a statement has room for.
  if (sites !== undefined)
    query = query.where(sql<boolean>`one.site in (select value from json_each(${JSON.stringify(sites)}))`)
  return (await query.execute()).map(row => ({
    ...observedOf(row),
    replacedBy: row.replaced_by === null ? undefined : row.replaced_by === 'entry' ? 'entry' : 'withdrawal'
  }))
}

/** What was entered last at a place and moment. */
export async function newestObservation(
  db: Kysely<StateTables>,
  { device, metric, t }: { readonly device: string; readonly metric: string; readonly t: number }
): Promise<Observed | undefined> {
  const row = await db
    .selectFrom('observation')
    .selectAll()
    .where('device', '=', device)
    .where('metric', '=', metric)
    .where('t', '=', t)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && observedOf(row)
}

function rowOf({ position, device, site, receivedAt, ...record }: Observed): ObservationRow {
  const { metric, t, kind } = record
  return { position, device, site, metric, t, received_at: receivedAt, kind, body: JSON.stringify(record) }
}

function observedOf({ position, device, site, received_at: receivedAt, body }: ObservationRow): Observed {
  return { ...observationRecord.parse(JSON.parse(body)), position, device, site, receivedAt }
}
