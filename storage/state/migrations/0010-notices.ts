import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { StateTables } from '../tables.ts'

/** Who is told of alarms and how, and the outbox of notices. */
export const notices: Migration = {
  async up(db: Kysely<StateTables>): Promise<void> {
    await db.schema
      .createTable('recipient')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('person', 'integer', column => column.unique())
      .addColumn('body', 'text', column => column.notNull())
      .execute()
    for (const table of ['escalation_policy', 'duty_rota'])
      await db.schema
        .createTable(table)
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('body', 'text', column => column.notNull())
        .execute()
    await db.schema
      .createTable('notify_channel')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('organisation', 'text', column => column.notNull())
      .addColumn('is_enabled', 'integer', column => column.notNull())
      .addColumn('settings', 'text', column => column.notNull())
      .addColumn('secrets', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('trouble_since', 'bigint')
      .addColumn('trouble', 'text')
      .execute()
    await db.schema
      .createTable('push_subscription')
      .addColumn('endpoint', 'text', column => column.primaryKey())
      .addColumn('recipient', 'text', column => column.notNull())
      .addColumn('p256dh', 'text', column => column.notNull())
      .addColumn('auth', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema
      .createTable('bad_contact')
      .addColumn('recipient', 'text', column => column.notNull())
      .addColumn('channel', 'text', column => column.notNull())
      .addColumn('at', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('bad_contact_key', ['recipient', 'channel'])
      .execute()
    await noticeTable(db)
    await db.schema
      .createTable('notice_look')
      .addColumn('alarm', 'text', column => column.primaryKey())
      .addColumn('at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('notice_look_at').on('notice_look').column('at').execute()
    await db.schema
      .createTable('notice_link')
      .addColumn('hash', 'text', column => column.primaryKey())
      .addColumn('reply', 'text', column => column.notNull())
      .addColumn('alarm', 'text', column => column.notNull())
      .addColumn('recipient', 'text', column => column.notNull())
      .addColumn('expires_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('notice_link_reply').on('notice_link').columns(['reply', 'recipient']).execute()
    await db.insertInto('sequence').values({ name: 'contact', last: 0 }).execute()
  }
}

async function noticeTable(db: Kysely<StateTables>): Promise<void> {
  await db.schema
    .createTable('notice')
    .addColumn('key', 'text', column => column.primaryKey())
    .addColumn('alarm', 'text', column => column.notNull())
    .addColumn('step', 'integer', column => column.notNull())
    .addColumn('round', 'integer', column => column.notNull())
    .addColumn('recipient', 'text', column => column.notNull())
    .addColumn('channel', 'text', column => column.notNull())
    .addColumn('organisation', 'text', column => column.notNull())
    .addColumn('about', 'text', column => column.notNull())
    .addColumn('severity', 'text', column => column.notNull())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('due', 'bigint', column => column.notNull())
    .addColumn('next_try_at', 'bigint', column => column.notNull())
    .addColumn('held', 'text')
    .addColumn('planned_at', 'bigint', column => column.notNull())
    .addColumn('attempts', 'integer', column => column.notNull())
    .addColumn('last_try_at', 'bigint')
    .addColumn('sent_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('reference', 'text')
    .addColumn('detail', 'text', column => column.notNull())
    .addColumn('group_key', 'text')
    .addColumn('members', 'text')
    .addColumn('is_noted', 'integer', column => column.notNull())
    .execute()
  await db.schema.createIndex('notice_next').on('notice').columns(['state', 'next_try_at']).execute()
  await db.schema.createIndex('notice_alarm').on('notice').column('alarm').execute()
  await db.schema.createIndex('notice_group').on('notice').column('group_key').execute()
  await db.schema.createIndex('notice_reference').on('notice').columns(['channel', 'reference']).execute()
  await db.schema.createIndex('notice_last_try').on('notice').column('last_try_at').execute()
  await db.schema.createIndex('notice_noted').on('notice').column('is_noted').execute()
  await db.schema.createIndex('notice_planned').on('notice').column('planned_at').execute()
}
