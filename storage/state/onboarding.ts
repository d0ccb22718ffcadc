import type { Kysely } from 'kysely'
import { chunks } from './chunks.ts'
import type { AcceptanceRecord, DeviceChange, NetworkRegistration, NetworkServerAccess } from './onboarding-store.ts'
import { changeOf } from './registry-row.ts'
import { take } from './sequence.ts'
import type { AcceptanceRow, StateTables } from './tables.ts'

const idsPerStatement = 500

export async function networkServers(db: Kysely<StateTables>): Promise<readonly NetworkServerAccess[]> {
  const rows = await db.selectFrom('network_server_api').selectAll().orderBy('connector').execute()
  return rows.map(row => ({
    connector: row.connector,
    // Written by `putNetworkServer` from the same types.
    kind: row.kind as NetworkServerAccess['kind'],
    url: row.url,
    sealedKey: row.sealed_key,
    settings: JSON.parse(row.settings) as NetworkServerAccess['settings'],
    changedAt: row.changed_at
  }))
}

/** Adds it, or takes the place of the one before. */
export async function putNetworkServer(trx: Kysely<StateTables>, access: NetworkServerAccess): Promise<void> {
  const row = {
    kind: access.kind,
    url: access.url,
    sealed_key: access.sealedKey,
    settings: JSON.stringify(access.settings),
    changed_at: access.changedAt
  }
  await trx
    .insertInto('network_server_api')
    .values({ connector: access.connector, ...row })
    .onConflict(conflict => conflict.column('connector').doUpdateSet(row))
    .execute()
}

/** @returns whether it was there. */
export async function deleteNetworkServer(trx: Kysely<StateTables>, connector: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('network_server_api')
    .where('connector', '=', connector)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export async function registrationsOf(
  db: Kysely<StateTables>,
  hardware: readonly string[]
): Promise<readonly NetworkRegistration[]> {
  const found: NetworkRegistration[] = []
  for (const part of chunks(hardware, idsPerStatement)) {
    found.push(...(await db.selectFrom('network_registration').selectAll().where('hardware', 'in', part).execute()))
  }
  return found
}

/** Adds it, or takes the place of the one before. */
export async function putRegistration(db: Kysely<StateTables>, one: NetworkRegistration): Promise<void> {
  const { hardware, connector, at } = one
  await db
    .insertInto('network_registration')
    .values({ hardware, connector, at })
    .onConflict(conflict => conflict.column('hardware').doUpdateSet({ connector, at }))
    .execute()
}

/** @returns the record's number: dense, from 1. */
export async function insertAcceptance(
  trx: Kysely<StateTables>,
  record: Omit<AcceptanceRecord, 'id'>
): Promise<number> {
  const id = await take(trx, 'acceptance', 1)
  const row: AcceptanceRow = {
    id,
    device: record.device,
    at: record.at,
    author: record.author,
    author_name: record.authorName,
    is_passed: record.isPassed ? 1 : 0,
    findings: JSON.stringify(record.findings)
  }
  await trx.insertInto('acceptance').values(row).execute()
  return id
}

/** The newest record of each device. */
export async function newestAcceptances(
  db: Kysely<StateTables>,
  devices: readonly string[]
): Promise<readonly AcceptanceRecord[]> {
  const found: AcceptanceRecord[] = []
  for (const part of chunks(devices, idsPerStatement)) {
    const rows = await db
      .selectFrom('acceptance')
      .selectAll()
      .where('id', 'in', inner =>
        inner
          .selectFrom('acceptance')
          .select(({ fn }) => fn.max('id').as('id'))
          .where('device', 'in', part)
          .groupBy('device')
      )
      .execute()
    found.push(...rows.map(recordOf))
  }
  return found
}

/** Every change of the device, oldest first. */
export async function deviceChanges(db: Kysely<StateTables>, id: string): Promise<readonly DeviceChange[]> {
  const rows = await db
    .selectFrom('registry_change')
    .selectAll()
    .where('thing', '=', `device:${id}`)
    .orderBy('id')
    .execute()
  return rows.map(row => ({
    id: row.id,
    at: row.made_at,
    position: row.position ?? undefined,
    change: changeOf(row)
  }))
}

function recordOf(row: AcceptanceRow): AcceptanceRecord {
  return {
    id: row.id,
    device: row.device,
    at: row.at,
    author: row.author,
    authorName: row.author_name,
    isPassed: row.is_passed === 1,
    findings: JSON.parse(row.findings) as unknown
  }
}
