import { sql, type Kysely } from 'kysely'
import { SenError } from '../../model/errors.ts'
import type { Grant, Person } from '../../model/person.ts'
import { chunks } from './chunks.ts'
import { folded } from './folded.ts'
import type { Account, AccountChange, NewPerson, PeoplePage, PeopleQuery } from './people-store.ts'
import { take } from './sequence.ts'
import type { PersonRow, StateTables } from './tables.ts'

const rowsPerStatement = 500

/*
 * People and their grants. Kinds and states come back as what they went in as: only these functions write the rows.
 */

/** Within the caller's transaction. @returns the person's id. @throws SenError `SEN_CONFLICT` if login or phone is taken. */
export async function insertPerson(trx: Kysely<StateTables>, person: NewPerson, at: number): Promise<number> {
  await refuseTaken(trx, person, 0)
  const id = await take(trx, 'person', 1)
  const { name, kind, organisation, state, grants } = person
  const [login, phone, email] = [person.login ?? null, person.phone ?? null, person.email ?? null]
  const row: PersonRow = {
    ...{ id, name, login, phone, email, kind, organisation, state },
    search_text: searchText({ name, login, phone, email }),
    created_at: at,
    last_seen_at: null,
    password_hash: null,
    password_changed_at: null,
    totp_secret: null,
    totp_step: 0,
    consent_version: null,
    consent_at: null
  }
  await trx.insertInto('person').values(row).execute()
  await insertGrants(trx, id, grants)
  return id
}

/** Within the caller's transaction. @throws SenError `SEN_NOT_FOUND`, `SEN_CONFLICT`. */
export async function updatePerson(trx: Kysely<StateTables>, id: number, change: AccountChange): Promise<void> {
  await refuseTaken(trx, change, id)
  const present = await requirePerson(trx, id)
  const given = {
    name: change.name,
    login: change.login,
    phone: change.phone,
    email: change.email,
    kind: change.kind,
    organisation: change.organisation,
    state: change.state,
    totp_secret: change.totpSecret,
    totp_step: change.totpStep,
    consent_version: change.consentVersion,
    consent_at: change.consentAt,
    last_seen_at: change.lastSeenAt
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  await trx
    .updateTable('person')
    .set({ ...set, search_text: searchText({ ...present, ...set }) })
    .where('id', '=', id)
    .execute()
}

/** Within the caller's transaction. @throws SenError `SEN_NOT_FOUND`. */
export async function replaceGrants(trx: Kysely<StateTables>, id: number, grants: readonly Grant[]): Promise<void> {
  await requirePerson(trx, id)
  await trx.deleteFrom('person_grant').where('person', '=', id).execute()
  await insertGrants(trx, id, grants)
}

/** The person with what lets it in, or `undefined`. */
export async function accountBy(
  db: Kysely<StateTables>,
  key: { readonly id: number } | { readonly login: string } | { readonly phone: string }
): Promise<Account | undefined> {
  const [column, value] = Object.entries(key)[0] as ['id' | 'login' | 'phone', string | number]
  const row = await db.selectFrom('person').selectAll().where(column, '=', value).executeTakeFirst()
  if (row === undefined) return undefined
  const [grants, codes, passkeys] = await Promise.all([
    grantsOf(db, [row.id]),
    countOf(db, 'recovery_code', row.id),
    countOf(db, 'passkey', row.id)
  ])
  return {
    ...personOf(row, grants.get(row.id) ?? []),
    passwordHash: row.password_hash ?? undefined,
    passwordChangedAt: row.password_changed_at ?? undefined,
    totpSecret: row.totp_secret ?? undefined,
    totpStep: row.totp_step,
    consentVersion: row.consent_version ?? undefined,
    consentAt: row.consent_at ?? undefined,
    recoveryCodesLeft: codes,
    passkeys
  }
}

/** People by id. */
export async function peoplePage(db: Kysely<StateTables>, query: PeopleQuery): Promise<PeoplePage> {
  let rows = db.selectFrom('person')
  if (query.state !== undefined) rows = rows.where('state', '=', query.state)
  if (query.organisations !== undefined) rows = rows.where('organisation', 'in', query.organisations)
  if (query.query !== undefined && query.query !== '') {
    const pattern = `%${folded(query.query).replace(/[\\%_]/g, '\\$&')}%`
    rows = rows.where(sql<boolean>`search_text like ${pattern} escape '\\'`)
  }
  const { total } = await rows.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  const found = await rows
    .selectAll()
    .where('id', '>', query.after ?? 0)
    .orderBy('id')
    .limit(query.limit)
    .execute()
  const ids = found.map(({ id }) => id)
  const grants = await grantsOf(db, ids)
  const devices = await countsOf(db, 'enrolled_device', ids)
  const passkeys = await countsOf(db, 'passkey', ids)
  const items = found.map(row => ({
    ...personOf(row, grants.get(row.id) ?? []),
    hasSecondFactor: row.totp_secret !== null || (passkeys.get(row.id) ?? 0) > 0,
    devices: devices.get(row.id) ?? 0
  }))
  return { items, total }
}

export async function countPeople(db: Kysely<StateTables>): Promise<number> {
  const { total } = await db
    .selectFrom('person')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** Active people not seen (nor made) since then. */
export async function idlePeople(db: Kysely<StateTables>, since: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('person')
    .select('id')
    .where('state', '=', 'active')
    .where(({ fn, eb }) => eb(fn.coalesce('last_seen_at', 'created_at'), '<', since))
    .execute()
  return rows.map(({ id }) => id)
}

async function requirePerson(trx: Kysely<StateTables>, id: number): Promise<PersonRow> {
  const row = await trx.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new SenError('SEN_NOT_FOUND', `find person ${id}: there is no such person`)
  return row
}

/** One name each, whoever asks: said before the database says it in its own words. */
async function refuseTaken(
  trx: Kysely<StateTables>,
  { login, phone }: Pick<AccountChange, 'login' | 'phone'> | NewPerson,
  own: number
): Promise<void> {
  for (const [column, value] of [
    ['login', login],
    ['phone', phone]
  ] as const) {
    if (value == null) continue
    const taken = await trx.selectFrom('person').select('id').where(column, '=', value).executeTakeFirst()
    if (taken !== undefined && taken.id !== own)
      throw new SenError('SEN_CONFLICT', `set ${column} ${value}: somebody else has it`)
  }
}

async function insertGrants(trx: Kysely<StateTables>, person: number, grants: readonly Grant[]): Promise<void> {
  if (grants.length === 0) return
  await trx
    .insertInto('person_grant')
    .values(grants.map(({ role, organisation }) => ({ person, role, organisation })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

async function grantsOf(db: Kysely<StateTables>, ids: readonly number[]): Promise<Map<number, Grant[]>> {
  const grants = new Map<number, Grant[]>()
  for (const part of chunks(ids, rowsPerStatement)) {
    const rows = await db
      .selectFrom('person_grant')
      .selectAll()
      .where('person', 'in', part)
      .orderBy('role')
      .orderBy('organisation')
      .execute()
    for (const { person, role, organisation } of rows) {
      const present = grants.get(person)
      if (present) present.push({ role, organisation })
      else grants.set(person, [{ role, organisation }])
    }
  }
  return grants
}

async function countOf(
  db: Kysely<StateTables>,
  table: 'recovery_code' | 'passkey' | 'enrolled_device',
  person: number
): Promise<number> {
  const { total } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where('person', '=', person)
    .executeTakeFirstOrThrow()
  return total
}

async function countsOf(
  db: Kysely<StateTables>,
  table: 'passkey' | 'enrolled_device',
  ids: readonly number[]
): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (const part of chunks(ids, rowsPerStatement)) {
    const rows = await db
      .selectFrom(table)
      .select(({ fn }) => ['person', fn.countAll<number>().as('total')])
      .where('person', 'in', part)
      .groupBy('person')
      .execute()
    for (const { person, total } of rows) if (person !== null) counts.set(person, total)
  }
  return counts
}

function personOf(row: PersonRow, grants: readonly Grant[]): Person {
  return {
    id: row.id,
    name: row.name,
    login: row.login ?? undefined,
    phone: row.phone ?? undefined,
    email: row.email ?? undefined,
    kind: row.kind as Person['kind'],
    organisation: row.organisation,
    state: row.state as Person['state'],
    grants,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at ?? undefined
  }
}

function searchText({ name, login, phone, email }: Pick<PersonRow, 'name' | 'login' | 'phone' | 'email'>): string {
  return folded([name, login, phone, email].filter(part => part !== null).join('\n'))
}
