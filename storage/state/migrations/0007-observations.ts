import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** What people enter by hand: who, when, how. */
export const observations: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema
      .createTable('observation')
      .addColumn('position', 'bigint', column => column.primaryKey())
      .addColumn('device', 'text', column => column.notNull())
      .addColumn('site', 'text', column => column.notNull())
      .addColumn('metric', 'text', column => column.notNull())
      .addColumn('t', 'bigint', column => column.notNull())
      .addColumn('received_at', 'bigint', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    await db.schema
      .createIndex('observation_place')
      .on('observation')
      .columns(['device', 'metric', 't', 'position'])
      .execute()
  }
}
