import type { Kysely } from 'kysely'
import type { EnrolledDevice, Invitation, Passkey } from './people-store.ts'
import { take } from './sequence.ts'
import type { EnrolledDeviceRow, InvitationRow, PasskeyRow, StateTables } from './tables.ts'

/*
 * What lets people in: passwords and those before, recovery codes, passkeys, enrolled devices, known browsers, invitations.
 * Kinds come back as what they went in as: only these functions write the rows.
 */

/** Within the caller's transaction. Keeps the newest `history` hashes. */
export async function replacePassword(
  trx: Kysely<StateTables>,
  person: number,
  { hash, at, history }: { readonly hash: string; readonly at: number; readonly history: number }
): Promise<void> {
  await trx
    .updateTable('person')
    .set({ password_hash: hash, password_changed_at: at })
    .where('id', '=', person)
    .execute()
  await trx.insertInto('password_history').values({ person, hash, at }).execute()
  const kept = (await passwordHistory(trx, person)).slice(0, history)
  await trx.deleteFrom('password_history').where('person', '=', person).where('hash', 'not in', kept).execute()
}

/** Newest first. */
export async function passwordHistory(db: Kysely<StateTables>, person: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('password_history')
    .select('hash')
    .where('person', '=', person)
    .orderBy('at', 'desc')
    .execute()
  return rows.map(({ hash }) => hash)
}

/** Within the caller's transaction. */
export async function replaceRecoveryCodes(
  trx: Kysely<StateTables>,
  person: number,
  hashes: readonly string[]
): Promise<void> {
  await trx.deleteFrom('recovery_code').where('person', '=', person).execute()
  if (hashes.length > 0) {
    await trx
      .insertInto('recovery_code')
      .values(hashes.map(hash => ({ person, hash })))
      .execute()
  }
}

/** @returns whether the code was there. */
export async function takeRecoveryCode(db: Kysely<StateTables>, person: number, hash: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('recovery_code')
    .where('person', '=', person)
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export async function insertPasskey(trx: Kysely<StateTables>, passkey: Passkey): Promise<void> {
  const row: PasskeyRow = {
    id: passkey.id,
    person: passkey.person,
    public_key: passkey.publicKey,
    counter: passkey.counter,
    transports: JSON.stringify(passkey.transports),
    name: passkey.name,
    device: passkey.device ?? null,
    created_at: passkey.createdAt,
    last_used_at: passkey.lastUsedAt ?? null
  }
  await trx.insertInto('passkey').values(row).execute()
}

export async function passkeysBy(
  db: Kysely<StateTables>,
  key: { readonly id: string } | { readonly person: number }
): Promise<readonly Passkey[]> {
  const rows = db.selectFrom('passkey').selectAll().orderBy('created_at')
  const found = await ('id' in key ? rows.where('id', '=', key.id) : rows.where('person', '=', key.person)).execute()
  return found.map(row => ({
    id: row.id,
    person: row.person,
    publicKey: row.public_key,
    counter: row.counter,
    transports: JSON.parse(row.transports) as string[],
    name: row.name,
    device: row.device ?? undefined,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined
  }))
}

export async function insertDevice(trx: Kysely<StateTables>, device: EnrolledDevice): Promise<void> {
  const row: EnrolledDeviceRow = {
    id: device.id,
    kind: device.kind,
    person: device.person ?? null,
    organisation: device.organisation ?? null,
    name: device.name,
    public_key: device.publicKey,
    pin_hash: device.pinHash ?? null,
    wrong_pins: device.wrongPins,
    created_at: device.createdAt,
    last_used_at: device.lastUsedAt ?? null
  }
  await trx.insertInto('enrolled_device').values(row).execute()
}

export async function devicesBy(
  db: Kysely<StateTables>,
  key: { readonly id: string } | { readonly person: number } | { readonly kind: 'display' }
): Promise<readonly EnrolledDevice[]> {
  const [column, value] = Object.entries(key)[0] as ['id' | 'person' | 'kind', string | number]
  const rows = await db
    .selectFrom('enrolled_device')
    .selectAll()
    .where(column, '=', value)
    .orderBy('created_at')
    .execute()
  return rows.map(row => ({
    id: row.id,
    kind: row.kind as EnrolledDevice['kind'],
    person: row.person ?? undefined,
    organisation: row.organisation ?? undefined,
    name: row.name,
    publicKey: row.public_key,
    pinHash: row.pin_hash ?? undefined,
    wrongPins: row.wrong_pins,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined
  }))
}

/** Within the caller's transaction; ends the person's earlier invitations. @returns its id. */
export async function insertInvitation(
  trx: Kysely<StateTables>,
  invitation: Omit<Invitation, 'id' | 'wrongCodes'>
): Promise<number> {
  await trx.deleteFrom('invitation').where('person', '=', invitation.person).execute()
  const row: InvitationRow = {
    id: await take(trx, 'invitation', 1),
    person: invitation.person,
    wants: invitation.wants,
    secret_hash: invitation.secretHash,
    code_hash: invitation.codeHash,
    salt: invitation.salt,
    wrong_codes: 0,
    created_at: invitation.createdAt,
    expires_at: invitation.expiresAt
  }
  await trx.insertInto('invitation').values(row).execute()
  return row.id
}

export async function invitationBy(
  db: Kysely<StateTables>,
  key: { readonly secret_hash: string } | { readonly person: number }
): Promise<Invitation | undefined> {
  const [column, value] = Object.entries(key)[0] as ['secret_hash' | 'person', string | number]
  const row = await db.selectFrom('invitation').selectAll().where(column, '=', value).executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    person: row.person,
    wants: row.wants as Invitation['wants'],
    secretHash: row.secret_hash,
    codeHash: row.code_hash,
    salt: row.salt,
    wrongCodes: row.wrong_codes,
    createdAt: row.created_at,
    expiresAt: row.expires_at
  }
}
