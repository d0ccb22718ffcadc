import type { Alarm, AlarmStep } from '../../model/alarm.ts'
import type { AlarmQuery } from '../../storage/state/alarm-store.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { mayRead } from './actor.ts'
import { isoOf } from './times.ts'

/** An alarm as the API and the live stream say it. */
export function alarmItem(alarm: Alarm) {
  const { onset, raisedAt, clearedAt, acknowledgedAt, acknowledgedBy, shelvedUntil, readings } = alarm
  return {
    ...alarm,
    site: alarm.site ?? null,
    advice: alarm.advice ?? null,
    healthEvent: alarm.healthEvent ?? null,
    onset: isoOf(onset),
    raisedAt: isoOf(raisedAt),
    clearedAt: isoOf(clearedAt),
    acknowledgedAt: isoOf(acknowledgedAt),
    acknowledgedBy: acknowledgedBy ?? null,
    shelvedUntil: isoOf(shelvedUntil),
    assignee: alarm.assignee ?? null,
    readings: readings.map(reading => ({ ...reading, t: isoOf(reading.t) }))
  }
}

/** A line of an alarm's history as the live stream says it. */
export function alarmStepItem({ sequence, alarm, step, at, author, authorName, body }: AlarmStep) {
  return { ...{ sequence, alarm, step, at: isoOf(at), author, authorName }, kind: body.kind }
}

/** Whether somebody may see an alarm: as readings of the same place. */
export function seesAlarm(services: Services, actor: Actor, { organisation, isSimulated }: Alarm): boolean {
  return mayRead(services, actor, { organisation, isSimulated })
}

/** What narrows a question about alarms to those that somebody may see. */
export function alarmsSeenBy(
  services: Services,
  actor: Actor
): Pick<AlarmQuery, 'isSimulated'> & { readonly organisations: readonly string[] } {
  const isSimulated = actor.isSandbox === true
  const all = [...services.registry.organisations.keys()]
  return {
    organisations: all.filter(organisation => mayRead(services, actor, { organisation, isSimulated })),
    ...(isSimulated && { isSimulated })
  }
}
