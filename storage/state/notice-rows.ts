import type { PlannedNotice } from '../../alarms/escalation/plan.ts'
import type { NoticeRow } from './notice-tables.ts'
import type { ExtraNotice, StoredNotice } from './notice-store.ts'

/** @returns the row of a notice that is planned now. */
export function plannedRow(notice: PlannedNotice, organisation: string, at: number): NoticeRow {
  const { key, alarm, step, round, recipient, channel, about, severity, due, held } = notice
  return {
    ...{ key, alarm, step, round, recipient, channel, organisation, about, severity, due },
    ...blank(due, at),
    held: held ?? null,
    // That it is held is told at once; that it was sent once it was.
    is_noted: held === undefined ? 1 : 0
  }
}

/** @returns the row of a notice beside any alarm's. */
export function extraRow(notice: ExtraNotice, at: number): NoticeRow {
  return { ...notice, step: 0, round: 0, ...blank(notice.due, at), held: null, is_noted: 1 }
}

function blank(due: number, at: number) {
  return {
    ...{ state: 'waiting', next_try_at: due, planned_at: at, attempts: 0, detail: '' },
    ...{ last_try_at: null, sent_at: null, ended_at: null, reference: null, group_key: null, members: null }
  }
}

/** Kinds and states come back as what they went in as: only these functions write the rows. */
export function noticeOf(row: NoticeRow): StoredNotice {
  const { key, alarm, step, round, recipient, channel, organisation, due, attempts, detail } = row
  return {
    ...{ key, alarm, step, round, recipient, channel, organisation, due, attempts, detail },
    about: row.about as StoredNotice['about'],
    severity: row.severity as StoredNotice['severity'],
    state: row.state as StoredNotice['state'],
    // A try of before it was stopped and planned again does not count.
    triedAt: row.last_try_at !== null && row.last_try_at >= row.due ? row.last_try_at : undefined,
    sentAt: row.sent_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    plannedAt: row.planned_at,
    nextTryAt: row.next_try_at,
    reference: row.reference ?? undefined,
    group: row.group_key ?? undefined,
    members: row.members === null ? [] : (JSON.parse(row.members) as string[])
  }
}
