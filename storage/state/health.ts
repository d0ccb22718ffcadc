import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { HealthEvent, HealthEventKind } from '../../model/health.ts'
import { origin } from '../../model/position.ts'
import type { Position } from '../../model/position.ts'
import { chunks } from './chunks.ts'
import type { HealthEventQuery, KeptState } from './health-store.ts'
import type { HealthEventRow, StateTables } from './tables.ts'

const rowsPerStatement = 500

/** How many events are kept. */
export const healthEventsKept = 50_000

/** Adds events or replaces those of the same id, within the caller's transaction. */
export async function putHealthEvents(trx: Kysely<StateTables>, events: readonly HealthEvent[]): Promise<void> {
  for (const part of chunks(events.map(rowOf), rowsPerStatement)) {
    await trx
      .insertInto('health_event')
      .values(part)
      .onConflict(conflict =>
        conflict
          .column('id')
          .doUpdateSet(set => ({ ended_at: set.ref('excluded.ended_at'), body: set.ref('excluded.body') }))
      )
      .execute()
  }
  const oldest = await trx
    .selectFrom('health_event')
    .select('position')
    .orderBy('position', 'desc')
    .offset(healthEventsKept)
    .limit(1)
    .executeTakeFirst()
  if (oldest) await trx.deleteFrom('health_event').where('position', '<=', oldest.position).execute()
}

/** Removes the events of devices that were removed, within the caller's transaction. */
export async function forgetHealthEvents(
  trx: Kysely<StateTables>,
  removed: readonly { readonly device: string; readonly position: Position }[]
): Promise<void> {
  for (const { device, position } of removed)
    await trx.deleteFrom('health_event').where('device', '=', device).where('position', '<=', position).execute()
}

/** Events, newest first. */
export async function healthEvents(db: Kysely<StateTables>, query: HealthEventQuery): Promise<readonly HealthEvent[]> {
  const { limit, after, device, gateway, kind, isOpen, devices, gateways } = query
  let rows = db.selectFrom('health_event').selectAll().orderBy('position', 'desc').orderBy('id').limit(limit)
  if (after !== undefined) {
    // Ids begin with their position.
    const position = Number.parseInt(after)
    rows = rows.where(is =>
      is.or([is('position', '<', position), is.and([is('position', '=', position), is('id', '>', after)])])
    )
  }
  if (device !== undefined) rows = rows.where('device', '=', device)
  if (gateway !== undefined) rows = rows.where('gateway', '=', gateway)
  if (kind !== undefined) rows = rows.where('kind', '=', kind)
  if (isOpen === true) rows = rows.where('ended_at', 'is', null)
  if (isOpen === false) rows = rows.where('ended_at', 'is not', null)
  // As one value: there may be more of them than a statement has room for.
  if (devices !== undefined || gateways !== undefined)
    rows = rows.where(
      sql<boolean>`(device in (select value from json_each(${JSON.stringify(devices ?? [])}))
        or gateway in (select value from json_each(${JSON.stringify(gateways ?? [])})))`
    )
  return (await rows.execute()).map(eventOf)
}

/** Replaces states and moves their position, within the caller's transaction. */
export async function keepHealth(trx: Kysely<StateTables>, states: KeptState, position: Position): Promise<void> {
  const gone = states.flatMap(([thing, body]) => (body === null ? thing : []))
  for (const part of chunks(gone, rowsPerStatement))
    await trx.deleteFrom('health_state').where('thing', 'in', part).execute()
  const present = states.flatMap(([thing, body]) => (body === null ? [] : { thing, body }))
  for (const part of chunks(present, rowsPerStatement)) {
    await trx
      .insertInto('health_state')
      .values(part)
      .onConflict(conflict => conflict.column('thing').doUpdateSet(set => ({ body: set.ref('excluded.body') })))
      .execute()
  }
  await trx
    .insertInto('reader_position')
    .values({ reader: 'health', position })
    .onConflict(conflict => conflict.column('reader').doUpdateSet({ position }))
    .execute()
}

/** Every kept state with the position that they stand for. */
export async function keptHealth(
  db: Kysely<StateTables>
): Promise<{ readonly states: KeptState; readonly position: Position }> {
  const rows = await db.selectFrom('health_state').selectAll().execute()
  const at = await db.selectFrom('reader_position').select('position').where('reader', '=', 'health').executeTakeFirst()
  return { states: rows.map(({ thing, body }) => [thing, body]), position: at?.position ?? origin }
}

function rowOf(event: HealthEvent): HealthEventRow {
  const { silentDevices, heardElsewhere } = event
  return {
    id: event.id,
    kind: event.kind,
    device: event.device ?? null,
    gateway: event.gateway ?? null,
    metric: event.metric ?? null,
    position: event.position,
    opened_at: Math.round(event.openedAt),
    since: Math.round(event.since),
    ended_at: event.endedAt === undefined ? null : Math.round(event.endedAt),
    body: JSON.stringify({ silentDevices, heardElsewhere })
  }
}

function eventOf(row: HealthEventRow): HealthEvent {
  return {
    // Written by `rowOf` from the same types.
    ...(JSON.parse(row.body) as Pick<HealthEvent, 'silentDevices' | 'heardElsewhere'>),
    id: row.id,
    kind: row.kind as HealthEventKind,
    position: row.position,
    device: row.device ?? undefined,
    gateway: row.gateway ?? undefined,
    metric: row.metric ?? undefined,
    openedAt: row.opened_at,
    since: row.since,
    endedAt: row.ended_at ?? undefined
  }
}
