import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Quarantined } from '../../model/reading-batch.ts'
import { chunks } from './chunks.ts'
import type { UnclaimedDevice } from './onboarding-store.ts'
import type { StateTables, UnclaimedDeviceRow } from './tables.ts'

const rowsPerStatement = 200

/** How many unclaimed devices are remembered, whatever strangers send; those that people refused come on top. */
export const unclaimedKept = 5000

/** Notes the devices of messages that were set aside as unclaimed, within the caller's transaction. */
export async function noteUnclaimed(trx: Kysely<StateTables>, entries: readonly Quarantined[]): Promise<void> {
  const found = foldedByDevice(entries)
  if (found.length === 0) return
  for (const part of chunks(found, rowsPerStatement)) {
    await trx
      .insertInto('unclaimed_device')
      .values(part)
      .onConflict(conflict =>
        conflict.column('id').doUpdateSet(({ ref, fn }) => ({
          credential: ref('excluded.credential'),
          topic: ref('excluded.topic'),
          site: ref('excluded.site'),
          last_seen_at: ref('excluded.last_seen_at'),
          count: sql<number>`unclaimed_device.count + excluded.count`,
          last_position: ref('excluded.last_position'),
          sample: fn.coalesce(ref('excluded.sample'), ref('unclaimed_device.sample'))
        }))
      )
      .execute()
  }
  await prune(trx)
}

/** Unclaimed devices of these ids, or all, the most recently heard first. */
export async function unclaimedDevices(
  db: Kysely<StateTables>,
  ids?: readonly string[]
): Promise<readonly UnclaimedDevice[]> {
  let query = db
    .selectFrom('unclaimed_device')
    .select(['id', 'credential', 'topic', 'site', 'first_seen_at', 'last_seen_at', 'count', 'last_position'])
    .select(['refused_at', 'refused_by'])
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
  // As one value: there may be more ids than a statement has room for.
  if (ids) query = query.where(sql<boolean>`id in (select value from json_each(${JSON.stringify(ids)}))`)
  return (await query.execute()).map(row => ({
    id: row.id,
    credential: row.credential,
    topic: row.topic,
    site: row.site ?? undefined,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    count: row.count,
    lastPosition: row.last_position,
    refused: row.refused_at === null ? undefined : { at: row.refused_at, by: row.refused_by ?? '' }
  }))
}

/** The newest payloads of these devices. */
export async function samplesOf(db: Kysely<StateTables>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const samples = new Map<string, string>()
  for (const part of chunks(ids, rowsPerStatement)) {
    const rows = await db.selectFrom('unclaimed_device').select(['id', 'sample']).where('id', 'in', part).execute()
    for (const { id, sample } of rows) if (sample !== null) samples.set(id, sample)
  }
  return samples
}

/** @returns whether the device is remembered. */
export async function setRefused(
  trx: Kysely<StateTables>,
  id: string,
  refused: UnclaimedDevice['refused']
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('unclaimed_device')
    .set({ refused_at: refused?.at ?? null, refused_by: refused?.by ?? null })
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** One row a device, as if each of its messages had been noted in turn. */
function foldedByDevice(entries: readonly Quarantined[]): readonly UnclaimedDeviceRow[] {
  const rows = new Map<string, UnclaimedDeviceRow>()
  for (const { reason, device, ...entry } of entries) {
    if (reason !== 'unclaimed' || device === undefined) continue
    const before = rows.get(device)
    rows.set(device, {
      id: device,
      credential: entry.credential ?? '',
      topic: entry.topic,
      site: entry.site ?? null,
      first_seen_at: before?.first_seen_at ?? entry.receivedAt,
      last_seen_at: entry.receivedAt,
      count: (before?.count ?? 0) + 1,
      last_position: entry.position,
      sample: entry.sample ?? before?.sample ?? null,
      refused_at: null,
      refused_by: null
    })
  }
  return [...rows.values()]
}

async function prune(trx: Kysely<StateTables>): Promise<void> {
  const surplus = trx
    .selectFrom('unclaimed_device')
    .select('id')
    .where('refused_at', 'is', null)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .offset(unclaimedKept)
    .limit(1_000_000)
  await trx.deleteFrom('unclaimed_device').where('id', 'in', surplus).execute()
}
