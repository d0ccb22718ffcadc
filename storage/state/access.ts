import type { Kysely } from 'kysely'
import { SenError } from '../../model/errors.ts'
import { take } from './sequence.ts'
import type { ApiToken, Connector, ConnectorChange, Credential } from './state-store.ts'
import type { ApiTokenRow, ConnectorRow, CredentialRow, StateTables } from './tables.ts'

/*
 * Machines' ways in. Kinds, roles and types come back as what they went in as: only these functions write the rows, and
 * their arguments have those types.
 */

/** @throws SenError `SEN_CONFLICT` if this very secret is there already. */
export async function insertCredential(db: Kysely<StateTables>, credential: Credential): Promise<void> {
  const { username, kind, subject, secretHash, createdAt } = credential
  const row: CredentialRow = { username, kind, subject, secret_hash: secretHash, created_at: createdAt }
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('credential')
    .values(row)
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n)
    throw new SenError('SEN_CONFLICT', `add credential ${username}: the same secret is there already`)
}

/** @returns how many there were. */
export async function deleteCredentials(db: Kysely<StateTables>, username: string, hashStart: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('credential')
    .where('username', '=', username)
    .where('secret_hash', 'like', `${hashStart.replace(/[^0-9a-f]/g, '')}%`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Every credential, by user name, older ones first. */
export async function allCredentials(db: Kysely<StateTables>): Promise<readonly Credential[]> {
  const rows = await db.selectFrom('credential').selectAll().orderBy('username').orderBy('created_at').execute()
  return rows.map(row => ({
    username: row.username,
    kind: row.kind as Credential['kind'],
    subject: row.subject,
    secretHash: row.secret_hash,
    createdAt: row.created_at
  }))
}

/** Within the caller's transaction. @returns the token's id, which no other token ever had. */
export async function insertToken(trx: Kysely<StateTables>, token: Omit<ApiToken, 'id'>): Promise<number> {
  const row: ApiTokenRow = {
    id: await take(trx, 'api_token', 1),
    name: token.name,
    role: token.role,
    organisation: token.organisation,
    secret_hash: token.secretHash,
    created_at: token.createdAt,
    expires_at: token.expiresAt ?? null,
    is_sandbox: token.isSandbox ? 1 : 0,
    per_minute: token.perMinute ?? null,
    last_used_at: null,
    previous_hash: null,
    previous_until: null
  }
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('api_token')
    .values(row)
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n)
    throw new SenError('SEN_CONFLICT', `add token ${token.name}: the same secret is there already`)
  return row.id
}

/** @throws SenError `SEN_NOT_FOUND`. */
export async function rotateToken(
  db: Kysely<StateTables>,
  id: number,
  next: { readonly secretHash: string; readonly until: number }
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('api_token')
    .set(({ ref }) => ({
      previous_hash: ref('secret_hash'),
      previous_until: next.until,
      secret_hash: next.secretHash
    }))
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new SenError('SEN_NOT_FOUND', `rotate token ${id}: there is no such token`)
}

/** @returns whether it was there. */
export async function deleteToken(db: Kysely<StateTables>, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('api_token').where('id', '=', id).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Every token, by id. */
export async function allTokens(db: Kysely<StateTables>): Promise<readonly ApiToken[]> {
  const rows = await db.selectFrom('api_token').selectAll().orderBy('id').execute()
  return rows.map(row => ({
    id: row.id,
    name: row.name,
    role: row.role,
    organisation: row.organisation,
    secretHash: row.secret_hash,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    isSandbox: row.is_sandbox === 1,
    perMinute: row.per_minute ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    previous:
      row.previous_hash === null || row.previous_until === null
        ? undefined
        : { secretHash: row.previous_hash, until: row.previous_until }
  }))
}

/** @throws SenError `SEN_CONFLICT` if the name is taken. */
export async function insertConnector(db: Kysely<StateTables>, connector: Connector): Promise<void> {
  const { name, type, organisation, createdAt } = connector
  const { url = null, secrets = null, options, isPaused } = connector
  const row: ConnectorRow = {
    ...{ name, type, url, organisation, secrets },
    created_at: createdAt,
    is_paused: isPaused ? 1 : 0,
    options: JSON.stringify(options),
    rhythm: null
  }
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('connector')
    .values(row)
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n) throw new SenError('SEN_CONFLICT', `add connector ${name}: the name is taken`)
}

/** @throws SenError `SEN_NOT_FOUND`. */
export async function updateConnector(db: Kysely<StateTables>, name: string, change: ConnectorChange): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('connector')
    .set({ name, ...columnsOf(change) })
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new SenError('SEN_NOT_FOUND', `change connector ${name}: there is none`)
}

function columnsOf({ url, isPaused, options, secrets }: ConnectorChange): Partial<ConnectorRow> {
  return {
    ...(url !== undefined && { url }),
    ...(isPaused !== undefined && { is_paused: isPaused ? 1 : 0 }),
    ...(options !== undefined && { options: JSON.stringify(options) }),
    ...(secrets !== undefined && { secrets })
  }
}

/** @returns whether it was there. */
export async function deleteConnector(db: Kysely<StateTables>, name: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('connector').where('name', '=', name).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Every connector, by name. */
export async function allConnectors(db: Kysely<StateTables>): Promise<readonly Connector[]> {
  const rows = await db.selectFrom('connector').selectAll().orderBy('name').execute()
  return rows.map(row => ({
    name: row.name,
    type: row.type as Connector['type'],
    url: row.url ?? undefined,
    organisation: row.organisation,
    createdAt: row.created_at,
    isPaused: row.is_paused === 1,
    // Written by `columnsOf` from the same type.
    options: JSON.parse(row.options ?? '{}') as Connector['options'],
    secrets: row.secrets ?? undefined,
    // Written by `updateRhythms` from the same type.
    rhythm: row.rhythm === null ? undefined : (JSON.parse(row.rhythm) as NonNullable<Connector['rhythm']>)
  }))
}

/** Names that are not there are passed over. */
export async function updateRhythms(
  db: Kysely<StateTables>,
  rhythms: readonly Pick<Connector, 'name' | 'rhythm'>[]
): Promise<void> {
  for (const { name, rhythm } of rhythms) {
    const text = rhythm === undefined ? null : JSON.stringify(rhythm)
    await db.updateTable('connector').set({ rhythm: text }).where('name', '=', name).execute()
  }
}
