import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** Connectors that can be paused, with options, and with secrets beside their address. */
export const connectors: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema.alterTable('connector').addColumn('is_paused', 'integer').execute()
    await db.schema.alterTable('connector').addColumn('options', 'text').execute()
    await db.schema.alterTable('connector').addColumn('secrets', 'text').execute()
  }
}
