import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { origin } from '../../model/position.ts'
import type { Position } from '../../model/position.ts'
import type { Quarantined, QuarantineReason } from '../../model/reading-batch.ts'
import { chunks } from './chunks.ts'
import { setQuarantined } from './quarantine-blocks.ts'
import type { QuarantineCount, QuarantineCounting, QuarantineQuery } from './state-store.ts'
import type { QuarantineRow, StateTables } from './tables.ts'
import { noteUnclaimed } from './unclaimed.ts'

const rowsPerStatement = 500

/** How many entries the index keeps; the messages themselves stay in the raw log. */
export const quarantineKept = 100_000

/** Adds the entries above the reader's position and moves it to `position`, within the caller's transaction. */
export async function addQuarantined(
  trx: Kysely<StateTables>,
  entries: readonly Quarantined[],
  position: Position
): Promise<void> {
  const reached = await readerPosition(trx)
  const fresh = entries.filter(entry => entry.position > reached)
  for (const part of chunks(fresh.map(rowOf), rowsPerStatement)) {
    // A message is set aside once: the first entry of a position stands.
    await trx
      .insertInto('quarantine')
      .values(part)
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
  await noteUnclaimed(trx, fresh)
  if (fresh.length > 0) {
    await setQuarantined(
      trx,
      fresh.map(entry => entry.position),
      true
    )
    await prune(trx)
  }
  if (position > reached) await setReaderPosition(trx, position)
}

/** Adds entries wherever they stand, within the caller's transaction; a newer reason takes the place of the older. */
export async function putQuarantined(trx: Kysely<StateTables>, entries: readonly Quarantined[]): Promise<void> {
  for (const part of chunks(entries.map(rowOf), rowsPerStatement)) {
    await trx
      .insertInto('quarantine')
      .values(part)
      .onConflict(conflict =>
        conflict.column('position').doUpdateSet(({ ref }) => ({
          reason: ref('excluded.reason'),
          device: ref('excluded.device'),
          site: ref('excluded.site'),
          detail: ref('excluded.detail')
        }))
      )
      .execute()
  }
  if (entries.length === 0) return
  await setQuarantined(
    trx,
    entries.map(entry => entry.position),
    true
  )
  await prune(trx)
}

/** Says how far the quarantine's reader has come, within the caller's transaction. */
export async function setReaderPosition(trx: Kysely<StateTables>, position: Position): Promise<void> {
  await trx
    .insertInto('reader_position')
    .values({ reader: 'quarantine', position })
    .onConflict(conflict => conflict.column('reader').doUpdateSet({ position }))
    .execute()
}

/** How far the quarantine's reader has come. */
export async function readerPosition(db: Kysely<StateTables>): Promise<Position> {
  const row = await db
    .selectFrom('reader_position')
    .select('position')
    .where('reader', '=', 'quarantine')
    .executeTakeFirst()
  return row?.position ?? origin
}

/** Entries, newest first. */
export async function quarantinedMessages(
  db: Kysely<StateTables>,
  { limit, before, from, device, reason, sites }: QuarantineQuery
): Promise<readonly Quarantined[]> {
  let query = db.selectFrom('quarantine').selectAll().orderBy('position', 'desc').limit(limit)
  if (before !== undefined) query = query.where('position', '<', before)
  if (from !== undefined) query = query.where('position', '>=', from)
  if (reason !== undefined) query = query.where('reason', '=', reason)
  if (device !== undefined) query = query.where('device', '=', device)
  // As one value: there may be more sites than a statement has room for.
  if (sites !== undefined)
    query = query.where(sql<boolean>`site in (select value from json_each(${JSON.stringify(sites)}))`)
  return (await query.execute()).map(entryOf)
}

/** How many entries there are of each reason. */
export async function quarantineReasons(
  db: Kysely<StateTables>,
  { device, devices, reason, sites, before, since, until }: QuarantineCounting
): Promise<readonly QuarantineCount[]> {
  let query = db
    .selectFrom('quarantine')
    .select('reason')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.min('received_at').as('oldest'),
      fn.max('received_at').as('newest')
    ])
    .groupBy('reason')
    .orderBy('reason')
  if (before !== undefined) query = query.where('position', '<', before)
  if (device !== undefined) query = query.where('device', '=', device)
  if (devices !== undefined)
    query = query.where(sql<boolean>`device in (select value from json_each(${JSON.stringify(devices)}))`)
  if (reason !== undefined) query = query.where('reason', '=', reason)
  if (since !== undefined) query = query.where('received_at', '>=', since)
  if (until !== undefined) query = query.where('received_at', '<', until)
  if (sites !== undefined)
    query = query.where(sql<boolean>`site in (select value from json_each(${JSON.stringify(sites)}))`)
  return (await query.execute()).map(({ reason: name, count, oldest, newest }) => ({
    reason: name,
    count,
    oldest,
    newest
  }))
}

async function prune(trx: Kysely<StateTables>): Promise<void> {
  const oldest = await trx
    .selectFrom('quarantine')
    .select('position')
    .orderBy('position', 'desc')
    .offset(quarantineKept)
    .limit(1)
    .executeTakeFirst()
  if (oldest !== undefined) await trx.deleteFrom('quarantine').where('position', '<=', oldest.position).execute()
}

function rowOf(entry: Quarantined): QuarantineRow {
  return {
    position: entry.position,
    reason: entry.reason,
    device: entry.device ?? null,
    site: entry.site ?? null,
    topic: entry.topic,
    received_at: entry.receivedAt,
    detail: entry.detail
  }
}

function entryOf(row: QuarantineRow): Quarantined {
  return {
    position: row.position,
    // Written by `rowOf` from the same type.
    reason: row.reason as QuarantineReason,
    device: row.device ?? undefined,
    site: row.site ?? undefined,
    topic: row.topic,
    receivedAt: row.received_at,
    detail: row.detail
  }
}
