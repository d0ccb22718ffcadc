import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** Devices heard and not known, APIs of network servers and what was made there, verdicts on installed devices. */
export const onboarding: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await createUnclaimed(db)
    await createNetworkServers(db)
    await createAcceptances(db)
  }
}

async function createUnclaimed(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('unclaimed_device')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('credential', 'text', column => column.notNull())
    .addColumn('topic', 'text', column => column.notNull())
    .addColumn('site', 'text')
    .addColumn('first_seen_at', 'bigint', column => column.notNull())
    .addColumn('last_seen_at', 'bigint', column => column.notNull())
    .addColumn('count', 'bigint', column => column.notNull())
    .addColumn('last_position', 'bigint', column => column.notNull())
    .addColumn('sample', 'text')
    .addColumn('refused_at', 'bigint')
    .addColumn('refused_by', 'text')
    .execute()
  await db.schema.createIndex('unclaimed_seen').on('unclaimed_device').column('last_seen_at').execute()
}

async function createNetworkServers(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('network_server_api')
    .addColumn('connector', 'text', column => column.primaryKey())
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('url', 'text', column => column.notNull())
    .addColumn('sealed_key', 'text', column => column.notNull())
    .addColumn('settings', 'text', column => column.notNull())
    .addColumn('changed_at', 'bigint', column => column.notNull())
    .execute()
  await db.schema
    .createTable('network_registration')
    .addColumn('hardware', 'text', column => column.primaryKey())
    .addColumn('connector', 'text', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .execute()
}

async function createAcceptances(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('acceptance')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('device', 'text', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('author', 'text', column => column.notNull())
    .addColumn('author_name', 'text', column => column.notNull())
    .addColumn('is_passed', 'integer', column => column.notNull())
    .addColumn('findings', 'text', column => column.notNull())
    .execute()
  await db.schema.createIndex('acceptance_device').on('acceptance').columns(['device', 'id']).execute()
  await db
    .insertInto('sequence')
    .values([{ name: 'acceptance', last: 0 }])
    .execute()
}
