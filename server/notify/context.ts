import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import type { Metric } from '../../model/metric.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { AlarmStore } from '../../storage/state/alarm-store.ts'
import type { NoticeStore } from '../../storage/state/notice-store.ts'
import type { Health } from '../health.ts'
import type { NoticeLinks } from './links.ts'
import type { RosterBook } from './roster-book.ts'

/** What telling people asks of alarms. */
export type NotifiedAlarms = Pick<AlarmStore, 'take' | 'act' | 'note' | 'alarms' | 'alarm' | 'steps' | 'stepsAfter'>

/** What everything that tells people stands on. */
export interface NotifyContext {
  readonly store: NoticeStore
  readonly alarms: NotifiedAlarms
  readonly registry: RegistrySnapshot
  readonly metrics: ReadonlyMap<string, Metric>
  readonly roster: RosterBook
  readonly links: NoticeLinks
  readonly health: Pick<Health, 'warn' | 'clearWarning'>
  readonly clock: Clock
  readonly log: Log
}
