import type { MessageRecord } from '../../journal/journal.ts'
import type { UnplacedEvent } from '../../model/network-event.ts'
import type { Position } from '../../model/position.ts'
import type { QuarantineReason } from '../../model/reading-batch.ts'
import { topicOf } from '../topics.ts'
import type { Topic } from '../topics.ts'
import type { DeviceEntry } from './device-directory.ts'
import type { EnteredTopic } from './entered-topic.ts'
import type { Uplink } from './lorawan-uplink.ts'
import type { MappedProblem, MappedSample } from './mapped-messages.ts'

/** A message at its place in the log. */
export type Message = MessageRecord & { readonly position: Position }
/** What became of a message. */
export type Outcome = 'stored' | 'event' | 'duplicate' | { readonly reason: QuarantineReason; readonly detail: string }

/** A message as far as it can be read without its codec. */
export type Prepared =
  | Extract<Topic, { readonly kind: 'telemetry' }>
  | EnteredTopic
  | { readonly kind: 'uplink'; readonly uplink: Uplink; readonly entry: DeviceEntry; readonly call: number | undefined }
  | {
      readonly kind: 'event'
      readonly event: UnplacedEvent
      readonly time: string | undefined
      readonly device: string | undefined
      readonly site: string | undefined
    }
  | {
      readonly kind: 'mapped'
      readonly samples: readonly MappedSample[]
      readonly problem: MappedProblem | undefined
      readonly device: string | undefined
      readonly site: string | undefined
    }
  | {
      readonly kind: 'done'
      readonly outcome: Outcome
      readonly device: string | undefined
      readonly site: string | undefined
    }

/** A topic whose message is about devices or gateways, or comes from a network server. */
export type DeviceTopic = Exclude<Topic, { readonly kind: 'telemetry' | 'unknown' }>

/** A topic of a network server. */
export type NetworkServerTopic = Extract<Topic, { readonly kind: 'chirpstack' | 'tts' }>

/** Whether a connector's mapping says what the message means. */
export function isMapped({ door }: Message): boolean {
  return door === 'broker' || door === 'webhook'
}

/** What the message's topic says, as Sen's own words are: at another's broker they are others'. */
export function ownTopicOf(message: Message): Topic {
  return isMapped(message) ? { kind: 'unknown' } : topicOf(message.topic)
}

/** Whether the topic is one of a network server. */
export function isOfNetworkServer(topic: Topic): topic is NetworkServerTopic {
  return topic.kind === 'chirpstack' || topic.kind === 'tts'
}

/** The devices that a message speaks of, as far as they are known. */
export function devicesOf(prepared: Exclude<Prepared, { readonly kind: 'done' }>): readonly string[] {
  if (prepared.kind === 'uplink') return [prepared.entry.id]
  if (prepared.kind === 'mapped') return prepared.samples.map(({ entry }) => entry.id)
  const device = prepared.kind === 'event' && 'device' in prepared.event ? prepared.event.device : prepared.device
  return device === undefined ? [] : [device]
}
