import type { Door } from '../../journal/journal.ts'
import type { MessageReader } from '../mapped/message-reader.ts'
import { topicOf } from '../topics.ts'

/** A kind of network server, as its broker shows itself to a client. */
export interface BrokerSource {
  /** The connector's type. */
  readonly type: 'chirpstack' | 'tts' | 'mqtt'
  /** The door its messages come in by. */
  readonly door: Door
  /** Topic filters of everything it says about its devices. */
  readonly topics: readonly string[]
  /** Whether its broker can keep a session, with what comes while Sen is away. */
  readonly keepsSession: boolean
  /** For the operator, where messages come at QoS 0: what that means and what to do about it. */
  readonly qos0Warning: string
  /** @returns the device that a message is of, as far as its topic tells. */
  readonly deviceOf: (topic: string) => string | undefined
}

/**
 * ChirpStack v4: `application/{application}/device/{DevEUI}/event/{event}`, at the broker that ChirpStack publishes to; and
 * what gateways say of themselves, with and without their region before it, if they use that broker too. Their `up` (every
 * frame, encrypted) is not asked for.
 */
export const chirpStackSource: BrokerSource = {
  type: 'chirpstack',
  door: 'chirpstack',
  topics: [
    'application/+/device/+/event/+',
    ...['', '+/'].flatMap(region => ['event/stats', 'state/conn'].map(what => `${region}gateway/+/${what}`))
  ],
  keepsSession: true,
  qos0Warning:
    'ChirpStack publishes at QoS 0: what it sends while Sen is down is not kept. Set qos=1 in its [integration.mqtt].',
  deviceOf: topic => {
    const parsed = topicOf(topic)
    return parsed.kind === 'chirpstack' ? parsed.device : undefined
  }
}

/**
 * The Things Stack v3: `v3/{application}@{tenant}/devices/{device}/…`, at its own MQTT server, which speaks MQTT 3.1.1 and
 * QoS 0 only, keeps no session, and puts the login's application in the place of the first `+`. `up/normalized` is not
 * asked for: it is the frame of `up` once more. `down/+` leaves out nothing: a client is not sent `down/push` there.
 *
 * Source: MQTT server, The Things Stack documentation (v3.32); pkg/applicationserver/io/mqtt of lorawan-stack.
 */
export const ttsSource: BrokerSource = {
  type: 'tts',
  door: 'tts',
  topics: ['up', 'join', 'down/+', 'location/solved', 'service/data'].map(event => `v3/+/devices/+/${event}`),
  keepsSession: false,
  qos0Warning:
    'The Things Stack delivers at QoS 0 and keeps no session: what it sends while Sen is down or not connected is not kept. ' +
    'Where that matters, use its webhook with retries instead (POST /api/v1/ingest/tts).',
  deviceOf: () => undefined
}

/** Any other broker: what its messages mean says a mapping. */
export function mappedSource(reader: MessageReader): BrokerSource {
  return {
    type: 'mqtt',
    door: 'broker',
    topics: reader.filters,
    keepsSession: true,
    qos0Warning: 'Messages come at QoS 0: what is sent while Sen is down is not kept. Let them be published at QoS 1.',
    deviceOf: topic => reader.deviceOf(topic)
  }
}
