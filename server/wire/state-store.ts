import { join } from 'node:path'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import type { AlarmStore, WrittenStep } from '../../storage/state/alarm-store.ts'
import type { DerivedStore } from '../../storage/state/derived-store.ts'
import type { HealthStore } from '../../storage/state/health-store.ts'
import type { NoticeStore } from '../../storage/state/notice-store.ts'
import type { OnboardingStore } from '../../storage/state/onboarding-store.ts'
import type { PeopleStore } from '../../storage/state/people-store.ts'
import { SqliteStateStore } from '../../storage/state/sqlite/sqlite-state-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { Settings } from '../config.ts'
import { openKeyFile } from './key-file.ts'

/** The state, and in the same database people, the audit log and onboarding. */
export function openStateStore(
  settings: Settings,
  clock: Clock,
  log: Log
): StateStore & {
  readonly people: PeopleStore
  readonly onboarding: OnboardingStore
  readonly health: HealthStore
  readonly derived: DerivedStore
  readonly notices: NoticeStore
  readonly alarms: AlarmStore & { onSteps(listener: (written: readonly WrittenStep[]) => void): void }
} {
  const { auditKey } = openKeyFile(settings)
  return new SqliteStateStore({ file: join(settings.SEN_DATA, 'state.sqlite'), clock, log, auditKey })
}
