import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** Alarms and their steps, what the rules know, what was copied as evidence, and times of maintenance. */
export const alarms: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema
      .createTable('alarm')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('first_sequence', 'bigint', column => column.notNull().unique())
      .addColumn('rule', 'text', column => column.notNull())
      .addColumn('subject_kind', 'text', column => column.notNull())
      .addColumn('subject', 'text', column => column.notNull())
      .addColumn('organisation', 'text', column => column.notNull())
      .addColumn('site', 'text')
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('raised_at', 'bigint', column => column.notNull())
      .addColumn('is_simulated', 'integer', column => column.notNull())
      .addColumn('steps', 'integer', column => column.notNull())
      .addColumn('hash', 'text', column => column.notNull())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    await db.schema.createIndex('alarm_subject').on('alarm').columns(['rule', 'subject']).execute()
    await db.schema.createIndex('alarm_state').on('alarm').columns(['state', 'first_sequence']).execute()
    await db.schema.createIndex('alarm_raised').on('alarm').column('raised_at').execute()
    await db.schema
      .createTable('alarm_name')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('alarm', 'text', column => column.notNull())
      .execute()
    await db.schema.createIndex('alarm_name_alarm').on('alarm_name').column('alarm').execute()
    await db.schema
      .createTable('alarm_step')
      .addColumn('sequence', 'bigint', column => column.primaryKey())
      .addColumn('alarm', 'text', column => column.notNull())
      .addColumn('step', 'integer', column => column.notNull())
      .addColumn('at', 'bigint', column => column.notNull())
      .addColumn('author', 'text', column => column.notNull())
      .addColumn('author_name', 'text', column => column.notNull())
      .addColumn('once', 'text', column => column.unique())
      .addColumn('body', 'text', column => column.notNull())
      .addColumn('hash', 'text', column => column.notNull())
      .execute()
    await db.schema.createIndex('alarm_step_alarm').on('alarm_step').columns(['alarm', 'step']).unique().execute()
    await sql`create trigger alarm_step_unchanged before update on alarm_step begin select raise(abort, 'a step of an alarm is never changed'); end`.execute(
      db
    )
    await db.schema
      .createTable('alarm_evidence')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('alarm', 'text', column => column.notNull())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    await db.schema.createIndex('alarm_evidence_alarm').on('alarm_evidence').column('alarm').execute()
    await db.schema
      .createTable('rule_state')
      .addColumn('thing', 'text', column => column.primaryKey())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    await db.schema
      .createTable('maintenance')
      .addColumn('id', 'integer', column => column.primaryKey())
      .addColumn('of_kind', 'text', column => column.notNull())
      .addColumn('of_id', 'text', column => column.notNull())
      .addColumn('from_time', 'bigint', column => column.notNull())
      .addColumn('to_time', 'bigint', column => column.notNull())
      .addColumn('reason', 'text', column => column.notNull())
      .addColumn('author', 'text', column => column.notNull())
      .addColumn('author_name', 'text', column => column.notNull())
      .execute()
    await db
      .insertInto('sequence')
      .values([
        { name: 'alarm_step', last: 0 },
        { name: 'maintenance', last: 0 }
      ])
      .execute()
  }
}
