import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** What the reader of calculations knows between starts. */
export const derived: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema
      .createTable('derived_state')
      .addColumn('reader', 'text', column => column.primaryKey())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
  }
}
