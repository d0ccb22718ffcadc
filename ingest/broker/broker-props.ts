import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import type { DeviceQuota } from '../device-quota.ts'
import type { GroupIntake } from '../group-intake.ts'
import type { Identity } from './access.ts'
import type { ConnectionLimits } from './connection-host.ts'
import type { BrokerDenial, BrokerRefusal } from './denial.ts'
import type { SessionLimits } from './sessions.ts'

/** What connections, sessions and their queues may take. */
export interface BrokerLimits extends ConnectionLimits {
  readonly sessions: SessionLimits
  /** Connections in all, and such of one address whose CONNECT has not been accepted yet. */
  readonly connections: number
  readonly greetingsPerAddress: number
  /** Connections of one device's credential. */
  readonly connectionsPerDevice: number
  /** Topic filters of one connection. */
  readonly subscriptions: number
}

/** What the broker stands on. */
export interface BrokerProps {
  readonly intake: GroupIntake
  readonly quota: DeviceQuota
  /** @returns who it is, or `undefined` if user name and password do not fit. In memory, constant time. */
  readonly authenticate: (username: string, password: Uint8Array) => Identity | undefined
  /** The site at which a registered device stands. */
  readonly siteOf: (device: string) => string | undefined
  readonly onRefused: (reason: BrokerRefusal) => void
  /** Called for a login that failed and for what a login may not publish or subscribe to. */
  readonly onDenied?: (denial: BrokerDenial) => void
  readonly clock: Clock
  readonly log: Log
  readonly limits: BrokerLimits
}
