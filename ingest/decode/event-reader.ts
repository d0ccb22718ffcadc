import type { QuarantineReason } from '../../model/reading-batch.ts'
import type { Topic } from '../topics.ts'
import { chirpStackEventOf } from './chirpstack-events.ts'
import { deviceMessages, gatewayMessages } from './chirpstack-protobuf.ts'
import { commandReplyOf, deviceStatusOf } from './device-status.ts'
import type { EventOutcome } from './event-fields.ts'
import { gatewayEventOf } from './gateway-events.ts'
import { parseJson } from './json-limits.ts'
import { parseProtobuf } from './protobuf-message.ts'
import { ttsEventNames, ttsEventOf } from './tts-events.ts'

type ServerTopic = Extract<Topic, { readonly event: string }>
type StatusTopic = Extract<Topic, { readonly kind: 'status' | 'reply' }>

export type ContentOutcome =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly reason: QuarantineReason; readonly detail: string }

/**
 * The content of a network server's message: JSON, or protobuf where ChirpStack is set to it. Told apart by the first
 * byte: each of ChirpStack's messages begins with one of its first three fields, a byte that JSON cannot begin with.
 */
export function contentOf(topic: ServerTopic, payload: Uint8Array): ContentOutcome {
  const shape =
    topic.kind === 'chirpstack'
      ? deviceMessages.get(topic.event)
      : topic.kind === 'gateway'
        ? gatewayMessages.get(topic.event)
        : undefined
  if (shape === undefined || !isProtobuf(payload)) return parseJson(payload)
  const parsed = parseProtobuf(payload, shape)
  return parsed.ok ? parsed : { ok: false, reason: 'event-invalid', detail: parsed.detail }
}

const space = 0x20
const whitespace: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, space])

function isProtobuf(payload: Uint8Array): boolean {
  const [first = space] = payload
  if (first >= space) return false
  if (!whitespace.has(first)) return true
  // Line feed before JSON, or field 1.
  const next = payload.find(byte => !whitespace.has(byte)) ?? 0
  return next !== 0x7b && next !== 0x5b && next !== 0x22
}

/** Reads a message that tells of an event other than an uplink. It is refused where its topic names somebody else. */
export function networkEventOf(topic: ServerTopic | StatusTopic, payload: Uint8Array): EventOutcome {
  if (!('event' in topic)) {
    const read = topic.kind === 'status' ? deviceStatusOf : commandReplyOf
    return read(topic.device, payload)
  }
  if (!isRead(topic)) return { ok: true, event: undefined, topicName: undefined, time: undefined }
  const content = contentOf(topic, payload)
  if (!content.ok) return content
  const outcome = eventOf(topic, content.json)
  if (!outcome.ok || outcome.topicName === undefined) return outcome
  const named = topic.kind === 'tts' ? topic.endDevice : topic.kind === 'gateway' ? topic.gateway : topic.device
  if (outcome.topicName === named) return outcome
  return { ok: false, reason: 'event-invalid', detail: `${outcome.topicName} came on the topic of ${named}` }
}

/** Others are left alone, whatever they hold: a newer network server may say more, and a gateway's `up` is every frame. */
function isRead(topic: ServerTopic): boolean {
  switch (topic.kind) {
    case 'chirpstack':
      return deviceMessages.has(topic.event)
    case 'gateway':
      return gatewayMessages.has(topic.event)
    case 'tts':
      return ttsEventNames.has(topic.event)
    default:
      return topic satisfies never
  }
}

function eventOf(topic: ServerTopic, json: unknown): EventOutcome {
  switch (topic.kind) {
    case 'chirpstack':
      return chirpStackEventOf(topic.event, json)
    case 'tts':
      return ttsEventOf(topic.event, json)
    case 'gateway':
      return gatewayEventOf(topic.event, json)
    default:
      return topic satisfies never
  }
}
