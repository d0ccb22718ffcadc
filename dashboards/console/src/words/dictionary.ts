import type { QualityMark } from '../../../../model/quality.ts'
import type { QuarantineReason } from '../../../../model/reading-batch.ts'
import type { messageParts, readingParts } from '../state/balance.ts'
import type { account } from './vi/account.ts'
import type { audit, wall } from './vi/audit.ts'
import type { common } from './vi/every-page.ts'
import type { connections } from './vi/connections.ts'
import type { entry } from './vi/entry.ts'
import type { setAside } from './vi/quarantine.ts'
import type { gateways } from './vi/gateways.ts'
import type { rules } from './vi/rules.ts'
import type { observations } from './vi/observations.ts'
import type { onboarding } from './vi/onboarding.ts'
import type { displays, people, roles, tokens } from './vi/people.ts'

export interface Explained {
  readonly label: string
  readonly explanation: string
}

/** Every text of the page. Both languages satisfy it, so the compiler finds a text that is missing in one. */
export interface Dictionary {
  readonly title: string
  readonly skipToDevices: string
  readonly language: string
  readonly justNow: string
  readonly minute: string
  readonly yes: string
  readonly no: string
  readonly zone: string
  readonly loading: string
  readonly notPermitted: string
  readonly link: {
    readonly connecting: string
    readonly live: string
    readonly lost: string
    readonly signedOut: string
    /** What is on the screen is from then. */
    readonly asOf: (time: string, age: string) => string
    readonly retryIn: (seconds: string) => string
    readonly retrying: string
    readonly retryNow: string
  }
  readonly accounting: {
    readonly heading: string
    readonly holds: string
    readonly off: (difference: string) => string
    readonly explain: string
    readonly holdsExplained: string
    readonly messages: string
    readonly received: Explained
    readonly messageParts: Readonly<Record<(typeof messageParts)[number], Explained>>
    readonly readings: string
    readonly decoded: Explained
    readonly readingParts: Readonly<Record<(typeof readingParts)[number], Explained>>
  }
  readonly summary: {
    readonly heading: string
    readonly all: string
    readonly reporting: string
    readonly silent: string
    readonly window: string
    readonly rate: string
  }
  readonly filter: {
    readonly label: string
    readonly placeholder: string
    readonly clear: string
    readonly shown: (count: string, all: string) => string
    readonly none: string
  }
  readonly devices: {
    readonly heading: string
    readonly empty: string
    readonly count: (count: string) => string
    readonly silent: (count: string) => string
    readonly isSilent: string
    readonly isLate: string
    /** Silent because of its gateway. */
    readonly isBehind: (gateway: string) => string
    readonly never: string
    readonly signal: string
  }
  readonly quality: Readonly<Record<QualityMark, Explained>>
  readonly legend: string
  readonly quarantine: {
    readonly heading: string
    readonly explanation: string
    readonly empty: string
    readonly reasons: Readonly<Record<QuarantineReason, string>>
  }
  readonly account: typeof account
  readonly audit: typeof audit
  readonly common: typeof common
  readonly connections: typeof connections
  readonly displays: typeof displays
  readonly entry: typeof entry
  readonly gateways: typeof gateways
  readonly observations: typeof observations
  readonly onboarding: typeof onboarding
  readonly people: typeof people
  readonly roles: typeof roles
  readonly rules: typeof rules
  readonly setAside: typeof setAside
  readonly tokens: typeof tokens
  readonly wall: typeof wall
}
