import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** Connectors remember how often they hear something, and when they did the last time. */
export const connectorRhythms: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema.alterTable('connector').addColumn('rhythm', 'text').execute()
  }
}
