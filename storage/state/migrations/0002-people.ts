import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** People, what lets them in, their roles and sessions; the audit log; tokens with quota, rotation and sandbox. */
export const people: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await createPeople(db)
    await createKeys(db)
    await createSessions(db)
    await createAudit(db)
    await extendTokens(db)
    await db
      .insertInto('sequence')
      .values([
        { name: 'person', last: 0 },
        { name: 'invitation', last: 0 },
        { name: 'audit', last: 0 }
      ])
      .execute()
  }
}

async function createPeople(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('person')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('search_text', 'text', column => column.notNull())
    .addColumn('login', 'text', column => column.unique())
    .addColumn('phone', 'text', column => column.unique())
    .addColumn('email', 'text')
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('organisation', 'text', column => column.notNull())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('password_hash', 'text')
    .addColumn('password_changed_at', 'bigint')
    .addColumn('totp_secret', 'text')
    .addColumn('totp_step', 'bigint', column => column.notNull())
    .addColumn('consent_version', 'text')
    .addColumn('consent_at', 'bigint')
    .execute()
  await db.schema.createIndex('person_organisation').on('person').columns(['organisation', 'id']).execute()
  await db.schema
    .createTable('person_grant')
    .addColumn('person', 'integer', column => column.notNull().references('person.id').onDelete('cascade'))
    .addColumn('role', 'text', column => column.notNull())
    .addColumn('organisation', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('person_grant_key', ['person', 'role', 'organisation'])
    .execute()
  await db.schema.createIndex('person_grant_role').on('person_grant').column('role').execute()
  await db.schema
    .createTable('custom_role')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('name_vi', 'text', column => column.notNull())
    .addColumn('name_en', 'text', column => column.notNull())
    .addColumn('actions', 'text', column => column.notNull())
    .execute()
}

async function createKeys(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('password_history')
    .addColumn('person', 'integer', column => column.notNull().references('person.id').onDelete('cascade'))
    .addColumn('hash', 'text', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .execute()
  await db.schema.createIndex('password_history_person').on('password_history').columns(['person', 'at']).execute()
  await db.schema
    .createTable('recovery_code')
    .addColumn('person', 'integer', column => column.notNull().references('person.id').onDelete('cascade'))
    .addColumn('hash', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('recovery_code_key', ['person', 'hash'])
    .execute()
  await db.schema
    .createTable('enrolled_device')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('person', 'integer', column => column.references('person.id').onDelete('cascade'))
    .addColumn('organisation', 'text')
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('public_key', 'text', column => column.notNull())
    .addColumn('pin_hash', 'text')
    .addColumn('wrong_pins', 'integer', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute()
  await db.schema.createIndex('enrolled_device_person').on('enrolled_device').column('person').execute()
  await db.schema
    .createTable('passkey')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('person', 'integer', column => column.notNull().references('person.id').onDelete('cascade'))
    .addColumn('public_key', 'text', column => column.notNull())
    .addColumn('counter', 'bigint', column => column.notNull())
    .addColumn('transports', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('device', 'text', column => column.references('enrolled_device.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute()
  await db.schema.createIndex('passkey_person').on('passkey').column('person').execute()
  await db.schema
    .createTable('known_browser')
    .addColumn('hash', 'text', column => column.primaryKey())
    .addColumn('person', 'integer', column => column.notNull().references('person.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', column => column.notNull())
    .execute()
  await db.schema
    .createTable('invitation')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('person', 'integer', column => column.notNull().references('person.id').onDelete('cascade'))
    .addColumn('wants', 'text', column => column.notNull())
    .addColumn('secret_hash', 'text', column => column.notNull().unique())
    .addColumn('code_hash', 'text', column => column.notNull())
    .addColumn('salt', 'text', column => column.notNull())
    .addColumn('wrong_codes', 'integer', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .execute()
  await db.schema.createIndex('invitation_person').on('invitation').column('person').execute()
}

async function createSessions(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('session')
    .addColumn('hash', 'text', column => column.primaryKey())
    .addColumn('person', 'integer', column => column.references('person.id').onDelete('cascade'))
    .addColumn('device', 'text', column => column.references('enrolled_device.id').onDelete('cascade'))
    .addColumn('token', 'integer', column => column.references('api_token.id').onDelete('cascade'))
    .addColumn('via', 'text', column => column.notNull())
    .addColumn('address', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('last_seen_at', 'bigint', column => column.notNull())
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .execute()
  await db.schema
    .createTable('login_lock')
    .addColumn('login', 'text', column => column.primaryKey())
    .addColumn('until', 'bigint', column => column.notNull())
    .execute()
}

/** Lines are added and, a year later, removed from the beginning; nothing else ever happens to one. The chain tells. */
async function createAudit(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('actor', 'text', column => column.notNull())
    .addColumn('actor_name', 'text', column => column.notNull())
    .addColumn('address', 'text', column => column.notNull())
    .addColumn('action', 'text', column => column.notNull())
    .addColumn('object', 'text', column => column.notNull())
    .addColumn('organisation', 'text', column => column.notNull())
    .addColumn('outcome', 'text', column => column.notNull())
    .addColumn('detail', 'text', column => column.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addColumn('count', 'integer', column => column.notNull())
    .addColumn('hash', 'text', column => column.notNull())
    .execute()
  await db.schema.createIndex('audit_at').on('audit').column('at').execute()
  await db.schema.createIndex('audit_object').on('audit').columns(['object', 'id']).execute()
  await db.schema.createIndex('audit_actor').on('audit').columns(['actor', 'id']).execute()
  await db.schema
    .createTable('audit_end')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('id', 'bigint', column => column.notNull())
    .addColumn('hash', 'text', column => column.notNull())
    .addColumn('seal', 'text', column => column.notNull())
    .execute()
  await sql`create trigger audit_unchanged before update on audit begin select raise(abort, 'a line of the audit log is never changed'); end`.execute(
    db
  )
}

async function extendTokens(db: Kysely<StateTables>): Promise<void> {
  for (const [name, type] of [
    ['is_sandbox', 'integer'],
    ['per_minute', 'integer'],
    ['last_used_at', 'bigint'],
    ['previous_hash', 'text'],
    ['previous_until', 'bigint']
  ] as const) {
    await db.schema.alterTable('api_token').addColumn(name, type).execute()
  }
}
