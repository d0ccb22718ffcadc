import type { AlarmLife } from '../../alarms/lifecycle/lifecycle.ts'
import type { AlarmStep, AlarmStepBody, Maintenance } from '../../model/alarm.ts'
import type { AlarmRow, AlarmStepRow, MaintenanceRow } from './alarm-tables.ts'

/** An alarm's life as its row keeps it. Only `alarmRowOf` writes such rows. */
export function lifeOfRow({ body }: Pick<AlarmRow, 'body'>): AlarmLife {
  return JSON.parse(body) as AlarmLife
}

/** @param hash - of its newest step. */
export function alarmRowOf(life: AlarmLife, firstSequence: number, hash: string): AlarmRow {
  const { id, rule, subject, organisation, site, state, raisedAt, isSimulated, steps } = life.alarm
  return {
    ...{ id, rule, organisation, state, steps, hash },
    first_sequence: firstSequence,
    subject_kind: subject.kind,
    subject: subject.id,
    site: site ?? null,
    raised_at: Math.round(raisedAt),
    is_simulated: isSimulated ? 1 : 0,
    body: JSON.stringify(life)
  }
}

export function stepOfRow(row: AlarmStepRow): AlarmStep {
  const { sequence, alarm, step, at, author, author_name: authorName, body, hash } = row
  // Only `stepRowOf` writes such rows; the chain says so.
  return { ...{ sequence, alarm, step, at, author, authorName }, body: JSON.parse(body) as AlarmStepBody, hash }
}

/** @param once - see `AlarmStepRow`. */
export function stepRowOf(step: AlarmStep, once: string | undefined): AlarmStepRow {
  const { sequence, alarm, step: number, at, author, authorName, body, hash } = step
  return {
    ...{ sequence, alarm, step: number, at, author, author_name: authorName, hash },
    once: once ?? null,
    body: JSON.stringify(body)
  }
}

/** What there is only one of: a change, by alarm, kind, position and level; a notice, by its key and outcome. */
export function onceOf(body: AlarmStepBody): string | undefined {
  switch (body.kind) {
    case 'raised':
    case 'level':
      return `${body.alarm} ${body.kind} ${body.position} ${body.level}`
    case 'cleared':
    case 'moved':
    case 'withdrawn':
      return `${body.alarm} ${body.kind} ${body.position}`
    case 'notice':
      return `notice ${body.key} ${body.outcome}`
    case 'acknowledged':
    case 'shelved':
    case 'unshelved':
    case 'assigned':
    case 'commented':
    case 'closed':
    case 'suppressed':
    case 'unsuppressed':
      return undefined
    default:
      return body satisfies never
  }
}

export function maintenanceOfRow(row: MaintenanceRow): Maintenance {
  const { id, of_kind, of_id, from_time: from, to_time: to, reason, author, author_name: authorName } = row
  return {
    ...{ id, from, to, reason, author, authorName },
    of: { kind: of_kind === 'site' ? 'site' : 'device', id: of_id }
  }
}
