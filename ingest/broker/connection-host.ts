import type { MessageRecord } from '../../journal/journal.ts'
import type { Clock } from '../../model/clock.ts'
import type { DeviceQuota } from '../device-quota.ts'
import type { GroupIntake } from '../group-intake.ts'
import type { ConnectPacket, ConnectRefusal } from './connect-packet.ts'
import type { Connection } from './connection.ts'
import type { PacketLimits, StreamRefusal } from './packet-stream.ts'
import type { RouteRefusal } from './routes.ts'

/** Why a connection is closed, or a message of it left out. Labels of `sen_refused_total`. */
export type ConnectionRefusal =
  | StreamRefusal
  | RouteRefusal
  | 'malformed'
  | 'half-open-limit'
  | 'quota'
  | 'quota-paused'
  | 'overloaded'
  | 'connect-timeout'
  | 'packet-timeout'
  | 'keep-alive'
  | 'slow-subscriber'

/** What a connection needs of its broker. */
export interface ConnectionHost {
  readonly limits: ConnectionLimits
  readonly intake: GroupIntake
  readonly quota: DeviceQuota
  readonly clock: Clock
  /** Rises with every change of the registry. */
  readonly registryGeneration: number
  /** Rises with every subscription that is made or ends. */
  readonly subscriptionGeneration: number
  readonly siteOf: (device: string) => string | undefined
  /** A CONNECT came; the answer is `join`, or `reject`. */
  welcome(connection: Connection, packet: ConnectPacket | ConnectRefusal): void
  /** Whether anybody subscribes to the topic. */
  isWanted(topic: string): boolean
  /** The message is durable: it goes to its subscribers. */
  deliver(connection: Connection, message: MessageRecord): void
  /** Counts, and says so; `isClosing` if the connection ends by it. @param topic - that may not be published to. */
  refused(connection: Connection, reason: ConnectionRefusal, isClosing: boolean, topic?: string): void
}

export interface ConnectionLimits extends PacketLimits {
  /** Messages of one connection that may wait for their sync before it is read no further, and where reading goes on. */
  readonly pauseAt: number
  readonly resumeAt: number
  /** CONNECT must have come by then, ms. */
  readonly connectMs: number
  /** A packet that has begun must end by then, ms. */
  readonly packetMs: number
  /** A subscriber that takes nothing for so long is closed, ms. */
  readonly stalledMs: number
  /** Bytes that may wait for a subscriber: beyond the first QoS 0 is left out, beyond the second it is closed. */
  readonly outboundQos0Bytes: number
  readonly outboundBytes: number
  /** Largest state that is kept for later subscribers, bytes. */
  readonly retainedBytes: number
}
