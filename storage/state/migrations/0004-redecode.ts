import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { setQuarantined } from '../quarantine-blocks.ts'
import type { StateTables } from '../tables.ts'

/** Every message in quarantine, a bit each; and the jobs of decoding again. */
export const redecode: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema
      .createTable('quarantine_block')
      .addColumn('block', 'bigint', column => column.primaryKey())
      .addColumn('bits', 'blob', column => column.notNull())
      .execute()
    const known = await db.selectFrom('quarantine').select('position').execute()
    await setQuarantined(
      db,
      known.map(({ position }) => position),
      true
    )
    await db.schema
      .createTable('redecode_job')
      .addColumn('id', 'integer', column => column.primaryKey())
      .addColumn('selection', 'text', column => column.notNull())
      .addColumn('from_time', 'bigint')
      .addColumn('to_time', 'bigint')
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('author', 'text', column => column.notNull())
      .addColumn('made_at', 'bigint', column => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('began', 'bigint')
      .addColumn('generation', 'integer')
      .addColumn('first_position', 'bigint', column => column.notNull())
      .addColumn('last_position', 'bigint', column => column.notNull())
      .addColumn('next_position', 'bigint', column => column.notNull())
      .addColumn('counts', 'text', column => column.notNull())
      .addColumn('outside', 'text')
      .addColumn('detail', 'text', column => column.notNull())
      .execute()
    await db.insertInto('sequence').values({ name: 'redecode_job', last: 0 }).execute()
  }
}
