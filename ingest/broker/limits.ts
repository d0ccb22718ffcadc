import type { BrokerLimits } from './broker-props.ts'
import { defaultSessionLimits } from './sessions.ts'

const second = 1000
const kib = 1024

/** What the broker allows unless settings say otherwise. */
export const defaultBrokerLimits: BrokerLimits = {
  beforeConnectBytes: 8 * kib,
  afterConnectBytes: 256 * kib,
  pauseAt: 64,
  resumeAt: 32,
  connectMs: 9 * second,
  packetMs: 60 * second,
  stalledMs: 8 * second,
  outboundQos0Bytes: 64 * kib,
  outboundBytes: 2048 * kib,
  retainedBytes: 4 * kib,
  sessions: defaultSessionLimits,
  connections: 25_000,
  greetingsPerAddress: 4096,
  connectionsPerDevice: 32,
  subscriptions: 64
}
