import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** Health of devices and gateways: what is known, and its history. */
export const health: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema
      .createTable('health_state')
      .addColumn('thing', 'text', column => column.primaryKey())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    await db.schema
      .createTable('health_event')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('device', 'text')
      .addColumn('gateway', 'text')
      .addColumn('metric', 'text')
      .addColumn('position', 'bigint', column => column.notNull())
      .addColumn('opened_at', 'bigint', column => column.notNull())
      .addColumn('since', 'bigint', column => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    await db.schema.createIndex('health_event_position').on('health_event').column('position').execute()
    await db.schema.createIndex('health_event_device').on('health_event').columns(['device', 'position']).execute()
  }
}
