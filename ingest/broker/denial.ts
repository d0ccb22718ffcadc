import type { ConnectionRefusal } from './connection-host.ts'
import type { GreetingRefusal } from './greeter.ts'

/** Why the broker turned something away, or left something out; each is counted. */
export type BrokerRefusal =
  | ConnectionRefusal
  | GreetingRefusal
  | 'protocol-version'
  | 'connection-limit'
  | 'address-limit'
  | 'subscription-limit'
  | 'slow-subscriber-qos0'
  | 'session-queue-full'

/** What one client was refused, for the audit log. */
export interface BrokerDenial {
  readonly action: 'connect' | 'publish' | 'subscribe'
  readonly reason: BrokerRefusal
  readonly address: string
  /** As it was given, at most 100 characters; empty for none. */
  readonly username: string
  /** Topic or filter; empty for a login. */
  readonly topic: string
}
