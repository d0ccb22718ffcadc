import type { Migration } from 'kysely/migration'
import { firstState } from './0001-state.ts'
import { people } from './0002-people.ts'
import { onboarding } from './0003-onboarding.ts'
import { redecode } from './0004-redecode.ts'
import { health } from './0005-health.ts'
import { connectors } from './0006-connectors.ts'
import { observations } from './0007-observations.ts'
import { connectorRhythms } from './0008-connector-rhythm.ts'
import { alarms } from './0009-alarms.ts'
import { notices } from './0010-notices.ts'
import { derived } from './0011-derived.ts'

/** Every migration of the state, by name; they run in the order of their names, each once. */
export const stateMigrations: Readonly<Record<string, Migration>> = {
  '0001-state': firstState,
  '0002-people': people,
  '0003-onboarding': onboarding,
  '0004-redecode': redecode,
  '0005-health': health,
  '0006-connectors': connectors,
  '0007-observations': observations,
  '0008-connector-rhythm': connectorRhythms,
  '0009-alarms': alarms,
  '0010-notices': notices,
  '0011-derived': derived
}
