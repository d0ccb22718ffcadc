import type { AlarmStepBody } from '../../model/alarm.ts'
import type { EscalationPolicy } from '../../model/escalation-policy.ts'
import { escalationPolicy } from '../../model/escalation-policy.ts'
import { recipientDraft } from '../../model/recipient.ts'
import type { ToldRecipient } from '../../model/recipient.ts'
import type { Severity } from '../../model/rule.ts'
import type { EscalationPlan, PlannedNotice } from './plan.ts'
import { planOf } from './plan.ts'
import type { NoticeState, PastNotice, Roster, Situation } from './situation.ts'

/* For tests: an alarm at Nam Đàn, people who can be told of it, and channels whose answers the test says. */

/** A Monday, 10:00 in Việt Nam. */
export const morning = Date.parse('2026-11-30T03:00:00Z')
/** 23:00 of the same day. */
export const late = Date.parse('2026-11-30T16:00:00Z')

export const person = (id: number, channels: readonly string[], more: object = {}): ToldRecipient => ({
  ...recipientDraft.parse({ organisation: 'nam-dan', name: `Người ${id}`, channels, ...more }),
  id: `person:${id}`,
  person: id
})

export function rosterOf(
  recipients: readonly ToldRecipient[],
  policies: readonly object[] = [],
  more: Partial<Roster> = {}
): Roster {
  const loud = new Set(['sms', 'voice'])
  return {
    recipients: new Map(recipients.map(one => [one.id, one])),
    policies: policies.map(policyOf),
    rotas: new Map(),
    channels: new Map(['zalo', 'push', 'mail', 'sms', 'voice'].map(id => [id, { id, isLoud: loud.has(id) }])),
    bad: new Set(),
    ...more
  }
}

export function policyOf(given: object): EscalationPolicy {
  return escalationPolicy.parse({ id: 'lu', organisation: 'root', name: 'Lũ', ...given })
}

/** What an alarm's history holds, with when. */
export type History = readonly (readonly [
  at: number,
  body: Readonly<Record<string, unknown>> & { readonly kind: string }
])[]

export function situationOf(
  history: History,
  severity: Severity = 'critical',
  more: Partial<Situation['alarm']> = {},
  notices: readonly PastNotice[] = []
): Situation {
  const steps = history.map(([at, body], index) => ({
    step: index + 1,
    at,
    // The planner reads what the tests give.
    body: { level: 1, ...body } as unknown as AlarmStepBody
  }))
  const last = steps.findLast(({ body }) => ['raised', 'level', 'cleared', 'withdrawn', 'closed'].includes(body.kind))
  const isOver = last !== undefined && last.body.kind !== 'raised' && last.body.kind !== 'level'
  return {
    alarm: {
      ...{ id: '7~muc-nuoc~1~device~tram-1', organisation: 'nam-dan', site: 'cau-rong', severity },
      ...{ level: isOver ? 0 : 1, isRetrospective: false, isWithdrawn: last?.body.kind === 'withdrawn', ...more }
    },
    worst: severity,
    steps,
    notices,
    tags: ['luu-vuc-lam'],
    organisations: ['nam-dan', 'root']
  }
}

export function pastOf(notice: PlannedNotice, state: NoticeState, at: number): PastNotice {
  const { key, step, round, recipient, channel, about, due } = notice
  const isEnd = state !== 'waiting' && state !== 'sent'
  return {
    ...{ key, step, round, recipient, channel, about, state, due, triedAt: undefined },
    sentAt: state === 'sent' || state === 'reached' || state === 'failed' ? at : undefined,
    endedAt: isEnd ? at : undefined
  }
}

/** What the other side makes of a notice: how it ends, and after how long. */
export type Answers = (notice: PlannedNotice, at: number) => { readonly state: NoticeState; readonly afterMs: number }

export interface Run {
  /** Every notice that left, with when. */
  readonly told: readonly { readonly at: number; readonly notice: PlannedNotice }[]
  readonly plans: readonly EscalationPlan[]
}

/**
 * Plans, sends, and plans again until nothing is left to do or it is `until`. @param history - steps, each from its own time.
 */
export function run(
  history: History,
  roster: Roster,
  { answers, until, severity = 'critical' }: { answers: Answers; until: number; severity?: Severity }
): Run {
  const told: { at: number; notice: PlannedNotice }[] = []
  const plans: EscalationPlan[] = []
  const waiting = new Map<string, PlannedNotice>()
  const notices = new Map<string, PastNotice>()
  const events: { at: number; notice: PlannedNotice; state: NoticeState }[] = []
  let now = history[0]?.[0] ?? 0
  while (now <= until) {
    for (const { notice, state, at } of events.filter(event => event.at <= now)) {
      const past = notices.get(notice.key)
      if (past) notices.set(notice.key, { ...pastOf(notice, state, at), sentAt: past.sentAt ?? at })
    }
    events.splice(0, events.length, ...events.filter(event => event.at > now))
    const seen = history.filter(([at]) => at <= now)
    const plan = planOf({ ...situationOf(seen, severity), notices: [...notices.values()] }, roster, now)
    plans.push(plan)
    for (const key of plan.stop) {
      const notice = waiting.get(key)
      waiting.delete(key)
      if (notice) notices.set(key, pastOf(notice, 'stopped', now))
    }
    for (const notice of plan.notices) {
      waiting.set(notice.key, notice)
      notices.set(notice.key, pastOf(notice, 'waiting', now))
    }
    for (const [key, notice] of waiting) {
      if (notice.due > now) continue
      waiting.delete(key)
      const { state, afterMs } = answers(notice, now)
      told.push({ at: now, notice })
      if (state === 'sent') notices.set(key, pastOf(notice, 'sent', now))
      else if (state !== 'waiting') events.push({ at: now + afterMs, notice, state })
    }
    if (events.some(({ at }) => at <= now)) continue
    const next = [
      ...events.map(({ at }) => at),
      ...[...waiting.values()].map(({ due }) => due),
      ...history.flatMap(([at]) => (at > now ? at : [])),
      ...(plan.lookAgainAt === undefined ? [] : [plan.lookAgainAt])
    ].filter(at => at > now)
    if (next.length === 0) break
    now = Math.min(...next)
  }
  return { told, plans }
}
