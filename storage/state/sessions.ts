import type { Kysely } from 'kysely'
import { SenError } from '../../model/errors.ts'
import { chunks } from './chunks.ts'
import type { CustomRole, SessionRow } from './people-store.ts'
import type { StateTables } from './tables.ts'

const rowsPerStatement = 500

/** Every session, oldest first. */
export async function allSessions(db: Kysely<StateTables>): Promise<readonly SessionRow[]> {
  const rows = await db.selectFrom('session').selectAll().orderBy('created_at').execute()
  return rows.map(row => ({
    hash: row.hash,
    person: row.person ?? undefined,
    device: row.device ?? undefined,
    token: row.token ?? undefined,
    via: row.via as SessionRow['via'],
    address: row.address,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at
  }))
}

export async function insertSession(trx: Kysely<StateTables>, session: SessionRow): Promise<void> {
  const { hash, via, address } = session
  await trx
    .insertInto('session')
    .values({
      ...{ hash, via, address },
      person: session.person ?? null,
      device: session.device ?? null,
      token: session.token ?? null,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      expires_at: session.expiresAt
    })
    .execute()
}

export async function deleteSessions(trx: Kysely<StateTables>, hashes: readonly string[]): Promise<void> {
  for (const part of chunks(hashes, rowsPerStatement)) {
    await trx.deleteFrom('session').where('hash', 'in', part).execute()
  }
}

/** Within the caller's transaction: says when each was used last. */
export async function touchSessions(
  trx: Kysely<StateTables>,
  seen: readonly { readonly hash: string; readonly at: number }[]
): Promise<void> {
  for (const { hash, at } of seen) {
    await trx.updateTable('session').set({ last_seen_at: at }).where('hash', '=', hash).execute()
  }
}

/** Every role that an administrator defined, by id. */
export async function customRoles(db: Kysely<StateTables>): Promise<readonly CustomRole[]> {
  const rows = await db.selectFrom('custom_role').selectAll().orderBy('id').execute()
  return rows.map(({ id, name_vi, name_en, actions }) => ({
    id,
    name: { vi: name_vi, en: name_en },
    actions: JSON.parse(actions) as string[]
  }))
}

export async function upsertRole(trx: Kysely<StateTables>, { id, name, actions }: CustomRole): Promise<void> {
  const row = { id, name_vi: name.vi, name_en: name.en, actions: JSON.stringify(actions) }
  await trx
    .insertInto('custom_role')
    .values(row)
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet({ name_vi: row.name_vi, name_en: row.name_en, actions: row.actions })
    )
    .execute()
}

/** @throws SenError `SEN_CONFLICT` while a person or a token has it, `SEN_NOT_FOUND`. */
export async function deleteRole(trx: Kysely<StateTables>, id: string): Promise<void> {
  for (const table of ['person_grant', 'api_token'] as const) {
    const holder = await trx.selectFrom(table).select('role').where('role', '=', id).executeTakeFirst()
    if (holder !== undefined) {
      const who = table === 'api_token' ? 'a token' : 'somebody'
      throw new SenError('SEN_CONFLICT', `remove role ${id}: ${who} has it`)
    }
  }
  const { numDeletedRows } = await trx.deleteFrom('custom_role').where('id', '=', id).executeTakeFirstOrThrow()
  if (numDeletedRows === 0n) throw new SenError('SEN_NOT_FOUND', `remove role ${id}: there is no such role`)
}
