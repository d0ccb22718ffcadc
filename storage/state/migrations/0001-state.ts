import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** The first form of the state: registry, machines' ways in, series ids, quarantine index. */
export const firstState: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await createRegistry(db)
    await createAccess(db)
    await createSeries(db)
    await createQuarantine(db)

    await db.schema
      .createTable('sequence')
      .addColumn('name', 'text', column => column.primaryKey())
      .addColumn('last', 'bigint', column => column.notNull())
      .execute()
    await db
      .insertInto('sequence')
      .values([
        { name: 'registry_change', last: 0 },
        { name: 'api_token', last: 0 },
        { name: 'series', last: 0 }
      ])
      .execute()
  }
}

async function createRegistry(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('registry_change')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('thing', 'text', column => column.notNull())
    .addColumn('body', 'text', column => column.notNull())
    .addColumn('made_at', 'bigint', column => column.notNull())
    .addColumn('after_position', 'bigint', column => column.notNull())
    .addColumn('position', 'bigint')
    .addColumn('checksum', 'bigint', column => column.notNull())
    .execute()
  await db.schema.createIndex('registry_change_thing').on('registry_change').columns(['thing', 'id']).execute()
  await db.schema
    .createIndex('registry_change_pending')
    .on('registry_change')
    .column('id')
    .where(sql.ref('position'), 'is', null)
    .execute()
}

async function createAccess(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('credential')
    .addColumn('username', 'text', column => column.notNull())
    .addColumn('secret_hash', 'text', column => column.notNull())
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('subject', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('credential_key', ['username', 'secret_hash'])
    .execute()
  await db.schema
    .createTable('api_token')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('role', 'text', column => column.notNull())
    .addColumn('organisation', 'text', column => column.notNull())
    .addColumn('secret_hash', 'text', column => column.notNull().unique())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('expires_at', 'bigint')
    .execute()
  await db.schema
    .createTable('connector')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('type', 'text', column => column.notNull())
    .addColumn('url', 'text')
    .addColumn('organisation', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .execute()
}

async function createSeries(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('series')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('organisation', 'text', column => column.notNull())
    .addColumn('device', 'text', column => column.notNull())
    .addColumn('metric', 'text', column => column.notNull())
    .addUniqueConstraint('series_key', ['device', 'metric', 'organisation'])
    .execute()
}

async function createQuarantine(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('quarantine')
    .addColumn('position', 'bigint', column => column.primaryKey())
    .addColumn('reason', 'text', column => column.notNull())
    .addColumn('device', 'text')
    .addColumn('site', 'text')
    .addColumn('topic', 'text', column => column.notNull())
    .addColumn('received_at', 'bigint', column => column.notNull())
    .addColumn('detail', 'text', column => column.notNull())
    .execute()
  await db.schema.createIndex('quarantine_device').on('quarantine').columns(['device', 'position']).execute()
  await db.schema
    .createTable('reader_position')
    .addColumn('reader', 'text', column => column.primaryKey())
    .addColumn('position', 'bigint', column => column.notNull())
    .execute()
}
