import type { Kysely } from 'kysely'
import type { NoticeGroup } from '../../../alarms/escalation/gather.ts'
import type { NoticeState } from '../../../alarms/escalation/situation.ts'
import type { DeliveryReport } from '../../../alarms/notify/channel.ts'
import type { AuditEntry } from '../../../model/audit.ts'
import { escalationPolicy, rota } from '../../../model/escalation-policy.ts'
import type { EscalationPolicy, Rota } from '../../../model/escalation-policy.ts'
import type { RecipientDraft } from '../../../model/recipient.ts'
import { addAudit } from '../audit-log.ts'
import type {
  AppliedPlan,
  ExtraNotice,
  NoticeLink,
  NoticeQuery,
  NoticeStore,
  NotifyChannel,
  PushSubscription,
  SentLately,
  StoredNotice,
  StoredRecipient,
  TryOutcome
} from '../notice-store.ts'
import * as outbox from '../notices.ts'
import { noticeOf } from '../notice-rows.ts'
import * as config from '../recipients.ts'
import type { StateTables } from '../tables.ts'
import type { StateWork } from './state-work.ts'

type Db = Kysely<StateTables>

/** Recipients and notices in the database of a `SqliteStateStore`, which opens and closes it (see `NoticeStore`). */
export class SqliteNoticeStore implements NoticeStore {
  readonly #work: StateWork
  readonly #auditKey: Uint8Array

  constructor(work: StateWork, auditKey: Uint8Array) {
    this.#work = work
    this.#auditKey = auditKey
  }

  recipients(): Promise<readonly StoredRecipient[]> {
    return this.#work.read('list recipients', config.allRecipients)
  }

  addRecipient(draft: RecipientDraft, person: number | undefined, audit?: AuditEntry): Promise<string> {
    return this.#work.write('add recipient', async trx => {
      const id = await config.insertRecipient(trx, draft, person)
      // The line is written before the id is known to whoever asks.
      await addAudit(trx, [audit && { ...audit, object: `recipient:${id}` }], this.#auditKey)
      return id
    })
  }

  changeRecipient(id: string, draft: RecipientDraft, audit?: AuditEntry): Promise<void> {
    return this.#audited('change recipient', audit, trx => config.updateRecipient(trx, id, draft))
  }

  removeRecipient(id: string, at: number, audit?: AuditEntry): Promise<boolean> {
    return this.#removed('remove recipient', audit, trx => config.deleteRecipient(trx, id, at))
  }

  policies(): Promise<readonly EscalationPolicy[]> {
    return this.#work.read('list policies', async db => {
      const rows = await db.selectFrom('escalation_policy').selectAll().orderBy('id').execute()
      return rows.map(({ body }) => escalationPolicy.parse(JSON.parse(body)))
    })
  }

  putPolicy(policy: EscalationPolicy, audit?: AuditEntry): Promise<void> {
    return this.#audited('put policy', audit, trx => putBody(trx, 'escalation_policy', policy))
  }

  removePolicy(id: string, audit?: AuditEntry): Promise<boolean> {
    return this.#removed('remove policy', audit, trx => deleteById(trx, 'escalation_policy', id))
  }

  rotas(): Promise<readonly Rota[]> {
    return this.#work.read('list rotas', async db => {
      const rows = await db.selectFrom('duty_rota').selectAll().orderBy('id').execute()
      return rows.map(({ body }) => rota.parse(JSON.parse(body)))
    })
  }

  putRota(one: Rota, audit?: AuditEntry): Promise<void> {
    return this.#audited('put rota', audit, trx => putBody(trx, 'duty_rota', one))
  }

  removeRota(id: string, audit?: AuditEntry): Promise<boolean> {
    return this.#removed('remove rota', audit, trx => deleteById(trx, 'duty_rota', id))
  }

  channels(): Promise<readonly NotifyChannel[]> {
    return this.#work.read('list channels', config.allNotifyChannels)
  }

  putChannel(channel: Omit<NotifyChannel, 'trouble'>, audit?: AuditEntry): Promise<void> {
    return this.#audited('put channel', audit, trx => config.upsertNotifyChannel(trx, channel))
  }

  removeChannel(id: string, audit?: AuditEntry): Promise<boolean> {
    return this.#removed('remove channel', audit, trx => deleteById(trx, 'notify_channel', id))
  }

  async keepSecrets(id: string, secrets: string): Promise<void> {
    await this.#work.read('keep secrets', db =>
      db.updateTable('notify_channel').set({ secrets }).where('id', '=', id).execute()
    )
  }

  setTrouble(id: string, trouble: NotifyChannel['trouble']): Promise<boolean> {
    return this.#work.read('mark channel', db => config.markTrouble(db, id, trouble))
  }

  pushes(): Promise<readonly PushSubscription[]> {
    return this.#work.read('list push subscriptions', async db => {
      const rows = await db.selectFrom('push_subscription').selectAll().execute()
      return rows.map(({ created_at: createdAt, ...push }) => ({ ...push, createdAt }))
    })
  }

  putPush({ createdAt, ...push }: PushSubscription, audit?: AuditEntry): Promise<void> {
    return this.#audited('put push subscription', audit, async trx => {
      await trx
        .insertInto('push_subscription')
        .values({ ...push, created_at: createdAt })
        .onConflict(conflict => conflict.column('endpoint').doUpdateSet(push))
        .execute()
    })
  }

  async forgetPushes(endpoints: readonly string[]): Promise<void> {
    if (endpoints.length === 0) return
    await this.#work.read('forget push subscriptions', db =>
      db.deleteFrom('push_subscription').where('endpoint', 'in', endpoints).execute()
    )
  }

  badContacts(since: number): Promise<readonly string[]> {
    return this.#work.read('list bad contacts', async db => {
      const rows = await db.selectFrom('bad_contact').selectAll().where('at', '>=', since).execute()
      return rows.map(({ recipient, channel }) => `${recipient} ${channel}`)
    })
  }

  position(): Promise<number> {
    return this.#work.read('find position', async db => {
      const found = await db
        .selectFrom('reader_position')
        .select('position')
        .where('reader', '=', 'notices')
        .executeTakeFirst()
      return found?.position ?? 0
    })
  }

  apply(plans: readonly AppliedPlan[], links: readonly NoticeLink[], at: number, position?: number): Promise<void> {
    return this.#work.write('apply plans', async trx => {
      await outbox.applyPlans(trx, plans, at)
      await outbox.putLinks(trx, links)
      if (position === undefined) return
      await trx
        .insertInto('reader_position')
        .values({ reader: 'notices', position })
        .onConflict(conflict => conflict.column('reader').doUpdateSet({ position }))
        .execute()
    })
  }

  addExtra(notices: readonly ExtraNotice[], links: readonly NoticeLink[], at: number): Promise<void> {
    return this.#work.write('add notices', async trx => {
      await outbox.addExtraNotices(trx, notices, at)
      await outbox.putLinks(trx, links)
    })
  }

  alarmsToLookAt(now: number, limit: number): Promise<readonly string[]> {
    return this.#work.read('list alarms to plan', async db => {
      const rows = await db
        .selectFrom('notice_look')
        .select('alarm')
        .where('at', '<=', now)
        .orderBy('at')
        .limit(limit)
        .execute()
      return rows.map(({ alarm }) => alarm)
    })
  }

  nextAt(): Promise<number | undefined> {
    return this.#work.read('find next notice', outbox.nextMoment)
  }

  noticesOf(alarm: string): Promise<readonly StoredNotice[]> {
    return this.#work.read('list notices of alarm', async db => {
      const rows = await db.selectFrom('notice').selectAll().where('alarm', '=', alarm).execute()
      return rows.map(noticeOf)
    })
  }

  notices(query: NoticeQuery): Promise<readonly StoredNotice[]> {
    return this.#work.read('list notices', db => outbox.listedNotices(db, query))
  }

  notice(key: string): Promise<StoredNotice | undefined> {
    return this.#work.read('find notice', async db => {
      const row = await db.selectFrom('notice').selectAll().where('key', '=', key).executeTakeFirst()
      return row && noticeOf(row)
    })
  }

  due(now: number, limit: number): Promise<readonly StoredNotice[]> {
    return this.#work.read('list due notices', db => outbox.dueNotices(db, now, limit))
  }

  sentSince(since: number): Promise<readonly SentLately[]> {
    return this.#work.read('count notices', db => outbox.sentLately(db, since))
  }

  group(
    group: NoticeGroup & { readonly recipient: string; readonly channel: string; readonly organisation: string },
    link: NoticeLink,
    at: number
  ): Promise<void> {
    return this.#work.write('group notices', async trx => {
      await outbox.groupNotices(trx, group, at)
      await outbox.putLinks(trx, [link])
    })
  }

  settle(outcome: TryOutcome): Promise<void> {
    return this.#work.write('settle notice', trx => outbox.settleNotice(trx, outcome))
  }

  report(channel: string, reports: readonly DeliveryReport[], at: number): Promise<readonly string[]> {
    return this.#work.write('take delivery reports', async trx => {
      const unknown: string[] = []
      for (const report of reports)
        if (!(await outbox.reportNotice(trx, channel, report, at))) unknown.push(report.reference)
      return unknown
    })
  }

  unreported(channel: string, since: number, limit: number): Promise<readonly string[]> {
    return this.#work.read('list unreported notices', async db => {
      const rows = await db
        .selectFrom('notice')
        .select('reference')
        .where('channel', '=', channel)
        .where('state', '=', 'sent')
        .where('last_try_at', '>=', since)
        .where('reference', 'is not', null)
        .orderBy('last_try_at', 'desc')
        .limit(limit)
        .execute()
      return rows.flatMap(({ reference }) => reference ?? [])
    })
  }

  reached(alarm: string, recipient: string, at: number, detail: string): Promise<void> {
    return this.#work.write('mark notices reached', trx => outbox.markReached(trx, { alarm, recipient, at, detail }))
  }

  unnoted(limit: number): Promise<readonly StoredNotice[]> {
    return this.#work.read('list notices to note', db => outbox.unnotedNotices(db, limit))
  }

  noted(notices: readonly Pick<StoredNotice, 'key' | 'state' | 'group'>[]): Promise<void> {
    return this.#work.write('mark notices noted', trx => outbox.markNoted(trx, notices))
  }

  linkOf(hash: string): Promise<NoticeLink | undefined> {
    return this.#work.read('find link', async db => {
      const row = await db.selectFrom('notice_link').selectAll().where('hash', '=', hash).executeTakeFirst()
      return row && linkOf(row)
    })
  }

  linkByReply(reply: string, recipients: readonly string[], now: number): Promise<NoticeLink | undefined> {
    return this.#work.read('find reply code', async db => {
      const row = await db
        .selectFrom('notice_link')
        .selectAll()
        .where('reply', '=', reply)
        .where('recipient', 'in', recipients)
        .where('expires_at', '>', now)
        .orderBy('expires_at', 'desc')
        .executeTakeFirst()
      return row && linkOf(row)
    })
  }

  counts(): Promise<Readonly<Record<NoticeState, number>>> {
    return this.#work.read('count notices', outbox.noticeCounts)
  }

  trim(endedBefore: number, now: number): Promise<void> {
    return this.#work.write('trim notices', trx => outbox.trimNotices(trx, endedBefore, now))
  }

  #audited(operation: string, audit: AuditEntry | undefined, work: (trx: Db) => Promise<void>): Promise<void> {
    return this.#work.write(operation, async trx => {
      await work(trx)
      await addAudit(trx, [audit], this.#auditKey)
    })
  }

  #removed(operation: string, audit: AuditEntry | undefined, work: (trx: Db) => Promise<boolean>): Promise<boolean> {
    return this.#work.write(operation, async trx => {
      const isRemoved = await work(trx)
      if (isRemoved) await addAudit(trx, [audit], this.#auditKey)
      return isRemoved
    })
  }
}

async function putBody(
  trx: Db,
  table: 'escalation_policy' | 'duty_rota',
  thing: { readonly id: string }
): Promise<void> {
  const body = JSON.stringify(thing)
  await trx
    .insertInto(table)
    .values({ id: thing.id, body })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ body }))
    .execute()
}

async function deleteById(
  trx: Db,
  table: 'escalation_policy' | 'duty_rota' | 'notify_channel',
  id: string
): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom(table).where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

function linkOf({ expires_at: expiresAt, ...link }: StateTables['notice_link']): NoticeLink {
  return { ...link, expiresAt }
}
