import { z } from 'zod'
import type { UnplacedEvent } from '../../model/network-event.ts'
import { detailOf, position } from './event-fields.ts'
import type { EventOutcome } from './event-fields.ts'
import { devEui, frameCounter, invalidEvent, shortName } from './lorawan-uplink.ts'

/*
 * The Things Stack v3 events other than `up` (ApplicationUp of lorawan-stack api/ttn/lorawan/v3/messages.proto, v3.32) as
 * JSON. `down/failed` has the device's id only, so a DevEUI may be missing in what is told of downlinks.
 */
const correlationIds = z.array(z.string()).default([])
const ids = z.object({ device_id: shortName, dev_eui: devEui.optional(), dev_addr: shortName.nullish() })
const known = ids.extend({ dev_eui: devEui })
const base = z.object({ end_device_ids: ids, received_at: z.string().nullish() })
const message = z.object({ f_cnt: frameCounter, correlation_ids: correlationIds })
const ofDevice = base.extend({ end_device_ids: known })

const join = ofDevice.extend({ join_accept: z.object({}) })
const failed = base.extend({
  downlink_failed: z.object({
    downlink: message,
    error: z.object({ name: z.string().default(''), message_format: z.string().default('') }).optional()
  })
})
const location = ofDevice.extend({ location_solved: z.object({ location: position }) })
const serviceData = ofDevice.extend({ service_data: z.object({ service: z.string().default('') }) })

/** The field that tells of a downlink, by the last level of its topic. */
const downlinks = {
  'down/queued': ['downlink_queued', 'queued'],
  'down/sent': ['downlink_sent', 'sent'],
  'down/ack': ['downlink_ack', 'acked'],
  'down/nack': ['downlink_nack', 'nacked']
} as const

/** What the topics of the events end in that `ttsEventOf` reads. */
export const ttsEventNames: ReadonlySet<string> = new Set([
  ...Object.keys(downlinks),
  ...['join', 'down/failed', 'location/solved', 'service/data']
])

/**
 * Reads a parsed event of a device.
 *
 * @param name - what its topic ends in, for example `down/ack`.
 */
export function ttsEventOf(name: string, json: unknown): EventOutcome {
  switch (name) {
    case 'join':
      return read(join, json, ({ end_device_ids: { dev_addr } }, device) => ({
        kind: 'join',
        device,
        session: dev_addr?.toLowerCase() || undefined
      }))
    case 'down/queued':
    case 'down/sent':
    case 'down/ack':
    case 'down/nack': {
      const [field, state] = downlinks[name]
      const schema = base.extend({ downlink: message })
      const inner =
        typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>)[field] : json
      return read(schema, typeof json === 'object' ? { ...json, downlink: inner } : json, ({ downlink }, device) => ({
        ...downlinkOf(downlink, device),
        counter: downlink.f_cnt,
        state,
        detail: undefined
      }))
    }
    case 'down/failed':
      return read(failed, json, ({ downlink_failed: { downlink, error } }, device) => ({
        ...downlinkOf(downlink, device),
        counter: undefined,
        state: 'failed',
        detail: detailOf(error?.message_format || error?.name || '')
      }))
    case 'location/solved':
      return read(location, json, ({ location_solved }, device) => ({
        kind: 'location',
        device,
        ...location_solved.location
      }))
    case 'service/data':
      return read(serviceData, json, ({ service_data }, device) => ({
        kind: 'integration',
        device,
        service: service_data.service.slice(0, 64)
      }))
    default:
      return { ok: true, event: undefined, topicName: undefined, time: undefined }
  }
}

/** The correlation id that Sen gave the downlink; the stack adds its own around it. */
function downlinkOf({ correlation_ids }: z.infer<typeof message>, device: string) {
  const item = correlation_ids.find(id => id.startsWith('sen:'))?.slice(0, 100)
  return { kind: 'downlink', device: device || undefined, item, gateway: undefined } as const
}

function read<T extends z.infer<typeof base>>(
  schema: z.ZodType<T>,
  json: unknown,
  make: (event: T, device: string) => UnplacedEvent
): EventOutcome {
  const parsed = schema.safeParse(json)
  if (!parsed.success) return invalidEvent(parsed.error)
  const { end_device_ids, received_at } = parsed.data
  const event = make(parsed.data, end_device_ids.dev_eui?.toLowerCase() ?? '')
  return { ok: true, event, topicName: end_device_ids.device_id, time: received_at ?? undefined }
}
