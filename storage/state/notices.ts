import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { NoticeGroup } from '../../alarms/escalation/gather.ts'
import type { NoticeState } from '../../alarms/escalation/situation.ts'
import { chunks } from './chunks.ts'
import { extraRow, noticeOf, plannedRow } from './notice-rows.ts'
import type { NoticeRow } from './notice-tables.ts'
import { mostWaiting } from './notice-store.ts'
import type {
  AppliedPlan,
  ExtraNotice,
  NoticeLink,
  NoticeQuery,
  SentLately,
  StoredNotice,
  TryOutcome
} from './notice-store.ts'
import type { StateTables } from './tables.ts'

/* The outbox of notices. What is told together has its own row, whose `members` follow what becomes of it. */

const rowsPerStatement = 300

type Db = Kysely<StateTables>

/** What was planned, within the caller's transaction. */
export async function applyPlans(trx: Db, plans: readonly AppliedPlan[], at: number): Promise<void> {
  const stopped = plans.flatMap(({ plan }) => plan.stop)
  for (const keys of chunks(stopped, rowsPerStatement))
    await trx
      .updateTable('notice')
      .set({ state: 'stopped', ended_at: at })
      .where('key', 'in', keys)
      .where('state', '=', 'waiting')
      .execute()
  const rows = plans.flatMap(({ organisation, plan }) => plan.notices.map(one => plannedRow(one, organisation, at)))
  await insertNotices(trx, await withinQueue(trx, rows, at))
  for (const { alarm, plan } of plans) await lookAgain(trx, alarm, plan.lookAgainAt)
}

/** Notices beside any alarm's, within the caller's transaction. */
export function addExtraNotices(trx: Db, notices: readonly ExtraNotice[], at: number): Promise<void> {
  return insertNotices(
    trx,
    notices.map(notice => extraRow(notice, at))
  )
}

/** One that was stopped before it left may be told after all; any other of the same key stands. */
async function insertNotices(trx: Db, rows: readonly NoticeRow[]): Promise<void> {
  for (const part of chunks(rows, rowsPerStatement))
    await trx
      .insertInto('notice')
      .values(part)
      .onConflict(conflict =>
        conflict
          .column('key')
          .doUpdateSet(set => ({
            state: 'waiting',
            due: set.ref('excluded.due'),
            next_try_at: set.ref('excluded.next_try_at'),
            held: set.ref('excluded.held'),
            ended_at: null,
            group_key: null
          }))
          .where('notice.state', '=', 'stopped')
      )
      .execute()
}

/** Beyond what the queue holds, what is not critical is refused, and says so. */
async function withinQueue(trx: Db, rows: readonly NoticeRow[], at: number): Promise<readonly NoticeRow[]> {
  if (rows.length === 0) return rows
  const waiting = await trx
    .selectFrom('notice')
    .select(count => count.fn.countAll<number>().as('count'))
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  const room = mostWaiting - waiting.count
  const refused = { state: 'refused', ended_at: at, detail: 'the queue is full', is_noted: 0 }
  return rows.map((row, index) => (index < room || row.severity === 'critical' ? row : { ...row, ...refused }))
}

async function lookAgain(trx: Db, alarm: string, at: number | undefined): Promise<void> {
  if (at === undefined) {
    await trx.deleteFrom('notice_look').where('alarm', '=', alarm).execute()
    return
  }
  await trx
    .insertInto('notice_look')
    .values({ alarm, at })
    .onConflict(conflict => conflict.column('alarm').doUpdateSet({ at }))
    .execute()
}

/** The alarms of these notices are planned again at once. */
async function lookNow(trx: Db, keys: readonly string[], at: number): Promise<void> {
  await sql`insert into notice_look (alarm, at)
    select distinct alarm, ${at} from notice
    where (key in (select value from json_each(${JSON.stringify(keys)}))
      or group_key in (select value from json_each(${JSON.stringify(keys)})))
      and alarm not like 'group~%' and alarm not like 'test~%'
    on conflict (alarm) do update set at = min(at, excluded.at)`.execute(trx)
}

/** Keeps ways back, within the caller's transaction; one that is there lives on. */
export async function putLinks(trx: Db, links: readonly NoticeLink[]): Promise<void> {
  for (const part of chunks(links, rowsPerStatement))
    await trx
      .insertInto('notice_link')
      .values(part.map(({ expiresAt, ...link }) => ({ ...link, expires_at: expiresAt })))
      .onConflict(conflict =>
        conflict.column('hash').doUpdateSet(set => ({ expires_at: set.ref('excluded.expires_at') }))
      )
      .execute()
}

/** One notice of several that still wait, within the caller's transaction. */
export async function groupNotices(
  trx: Db,
  group: NoticeGroup & { readonly recipient: string; readonly channel: string; readonly organisation: string },
  at: number
): Promise<void> {
  const { key, about, severity, recipient, channel, organisation, members } = group
  const alarm = `group~${key}`
  const row = extraRow({ ...{ key, alarm, organisation, recipient, channel, about, severity }, due: at }, at)
  await insertNotices(trx, [{ ...row, members: JSON.stringify(members) }])
  for (const keys of chunks(members, rowsPerStatement))
    await trx
      .updateTable('notice')
      .set({ group_key: key, is_noted: 0 })
      .where('key', 'in', keys)
      .where('state', '=', 'waiting')
      .execute()
}

/** What a try came to, within the caller's transaction: of a group's members too. */
export async function settleNotice(trx: Db, outcome: TryOutcome): Promise<void> {
  const { key, at, state, nextTryAt, reference, detail, isBadContact } = outcome
  const isEnd = state !== 'sent' && state !== 'waiting'
  const set = {
    ...{
      state,
      detail,
      last_try_at: at,
      ended_at: isEnd ? at : null,
      is_noted: state === 'waiting' || state === 'stopped' ? 1 : 0
    },
    ...((state === 'sent' || state === 'reached') && { sent_at: at }),
    ...(nextTryAt !== undefined && { next_try_at: nextTryAt })
  }
  // What was stopped while it was under way has left all the same; what was not taken stays stopped.
  const from = state === 'sent' || state === 'reached' ? ['waiting', 'stopped'] : ['waiting']
  const own = await trx
    .updateTable('notice')
    .set(row => ({ ...set, reference: reference ?? null, attempts: row('attempts', '+', 1) }))
    .where('key', '=', key)
    .where('state', 'in', from)
    .returning(['recipient', 'channel'])
    .executeTakeFirst()
  await trx.updateTable('notice').set(set).where('group_key', '=', key).where('state', 'in', from).execute()
  if (own && isBadContact)
    await trx
      .insertInto('bad_contact')
      .values({ ...own, at })
      .onConflict(conflict => conflict.columns(['recipient', 'channel']).doUpdateSet({ at }))
      .execute()
  await lookNow(trx, [key], at)
}

/** A delivery report, within the caller's transaction. @returns whether the reference is known. */
export async function reportNotice(
  trx: Db,
  channel: string,
  {
    reference,
    state,
    detail
  }: { readonly reference: string; readonly state: 'reached' | 'failed'; readonly detail: string },
  at: number
): Promise<boolean> {
  const known = await trx
    .selectFrom('notice')
    .select(['key', 'state'])
    .where('channel', '=', channel)
    .where('reference', '=', reference)
    .execute()
  const keys = known.filter(one => one.state === 'sent').map(({ key }) => key)
  if (keys.length > 0) {
    await trx
      .updateTable('notice')
      .set({ state, ended_at: at, detail, is_noted: 0 })
      .where(is => is.or([is('key', 'in', keys), is('group_key', 'in', keys)]))
      .where('state', '=', 'sent')
      .execute()
    await lookNow(trx, keys, at)
  }
  return known.length > 0
}

/** Somebody answered: what the channels took of this alarm for them has reached them. */
export async function markReached(
  trx: Db,
  { alarm, recipient, at, detail }: { alarm: string; recipient: string; at: number; detail: string }
): Promise<void> {
  const keys = await trx
    .updateTable('notice')
    .set({ state: 'reached', ended_at: at, detail, is_noted: 0 })
    .where('alarm', '=', alarm)
    .where('recipient', '=', recipient)
    .where('state', '=', 'sent')
    .returning('key')
    .execute()
  const groups = keys.map(({ key }) => key)
  if (groups.length === 0) return
  await trx
    .updateTable('notice')
    .set({ state: 'reached', ended_at: at, detail, is_noted: 0 })
    .where('group_key', 'in', groups)
    .where('state', '=', 'sent')
    .execute()
  await lookNow(trx, groups, at)
}

/** What waits and is due: not what is told together with others. */
export async function dueNotices(db: Db, now: number, limit: number): Promise<readonly StoredNotice[]> {
  const rows = await db
    .selectFrom('notice')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('next_try_at', '<=', now)
    .where('group_key', 'is', null)
    .orderBy('next_try_at')
    .limit(limit)
    .execute()
  return rows.map(noticeOf)
}

/** When something is to be planned or sent next. */
export async function nextMoment(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ at: number | null }>`select min(at) as at from (
    select min(at) as at from notice_look
    union all select min(next_try_at) as at from notice where state = 'waiting' and group_key is null)`.execute(db)
  return rows[0]?.at ?? undefined
}

/** How many went to each since then, by each channel; groups as one. */
export async function sentLately(db: Db, since: number): Promise<readonly SentLately[]> {
  const { rows } = await sql<{ recipient: string; channel: string; count: number; last: number | null }>`
    select recipient, channel, count(*) as count, max(case when members is not null then last_try_at end) as last
    from notice where last_try_at > ${since} and group_key is null group by recipient, channel`.execute(db)
  return rows.map(({ recipient, channel, count, last }) => ({
    ...{ recipient, channel, count },
    lastGroupAt: last ?? undefined
  }))
}

/** Newest first. */
export async function listedNotices(db: Db, query: NoticeQuery): Promise<readonly StoredNotice[]> {
  const { alarm, recipient, about, organisations, after, limit } = query
  let rows = db.selectFrom('notice').selectAll().orderBy('planned_at', 'desc').orderBy('key').limit(limit)
  if (alarm !== undefined) rows = rows.where('alarm', '=', alarm)
  if (recipient !== undefined) rows = rows.where('recipient', '=', recipient)
  if (about !== undefined) rows = rows.where('about', '=', about)
  if (organisations !== undefined)
    rows = rows.where(sql<boolean>`organisation in (select value from json_each(${JSON.stringify(organisations)}))`)
  if (after !== undefined) {
    const last = await db.selectFrom('notice').select('planned_at').where('key', '=', after).executeTakeFirst()
    const at = last?.planned_at ?? 0
    rows = rows.where(is =>
      is.or([is('planned_at', '<', at), is.and([is('planned_at', '=', at), is('key', '>', after)])])
    )
  }
  return (await rows.execute()).map(noticeOf)
}

/** What became of notices of alarms, and is not in the alarms' histories yet. */
export async function unnotedNotices(db: Db, limit: number): Promise<readonly StoredNotice[]> {
  const rows = await db
    .selectFrom('notice')
    .selectAll()
    .where('is_noted', '=', 0)
    .where('alarm', 'not like', 'group~%')
    .where('alarm', 'not like', 'test~%')
    .limit(limit)
    .execute()
  return rows.map(noticeOf)
}

/** It stands in the history now, unless it has changed since. */
export async function markNoted(
  trx: Db,
  notices: readonly Pick<StoredNotice, 'key' | 'state' | 'group'>[]
): Promise<void> {
  for (const { key, state, group } of notices)
    await trx
      .updateTable('notice')
      .set({ is_noted: 1 })
      .where('key', '=', key)
      .where('state', '=', state)
      .where('group_key', group === undefined ? 'is' : '=', group ?? null)
      .execute()
}

/** How many are in each state. */
export async function noticeCounts(db: Db): Promise<Readonly<Record<NoticeState, number>>> {
  const counts = { waiting: 0, sent: 0, reached: 0, refused: 0, failed: 0, stopped: 0 }
  const rows = await db
    .selectFrom('notice')
    .select(count => ['state', count.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  return { ...counts, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) }
}

/** Removes what was planned before then and waits no more, and links that have expired. */
export async function trimNotices(trx: Db, before: number, now: number): Promise<void> {
  await trx.deleteFrom('notice').where('planned_at', '<', before).where('state', '!=', 'waiting').execute()
  await trx.deleteFrom('notice_link').where('expires_at', '<', now).execute()
}
