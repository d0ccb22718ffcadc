import { z } from 'zod'
import { devEui } from '../../ingest/decode/lorawan-uplink.ts'
import { parseJson } from '../../ingest/decode/json-limits.ts'
import { SenError } from '../../model/errors.ts'
import { idPattern } from '../../model/ids.ts'

/** Field that only this type of message has (ApplicationUp of lorawan-stack messages.proto) → the end of its MQTT topic. */
const eventsByField = {
  uplink_message: 'up',
  uplink_normalized: 'up/normalized',
  join_accept: 'join',
  downlink_queued: 'down/queued',
  downlink_sent: 'down/sent',
  downlink_ack: 'down/ack',
  downlink_nack: 'down/nack',
  downlink_failed: 'down/failed',
  downlink_queue_invalidated: 'down/invalidated',
  location_solved: 'location/solved',
  service_data: 'service/data'
} as const
const fields = Object.entries(eventsByField)

/** `?event=`: what the operator expects at this address. */
export const ttsEventName = z.enum(Object.values(eventsByField))

const id = z.string().regex(idPattern)
const addressed = z.looseObject({
  end_device_ids: z.object({
    device_id: id,
    application_ids: z.object({ application_id: id }),
    /** Not in every message about downlinks. */
    dev_eui: devEui.optional()
  })
})

/**
 * Says what a webhook's body is. The body alone decides: a webhook has no topic, and every type of message may come to one
 * address. It does not name the tenant.
 *
 * @param expected - if given, the type of message that it must be.
 * @returns the topic it would have over MQTT, and the DevEUI in lower case.
 * @throws SenError `SEN_INPUT_INVALID`
 */
export function ttsEventOf(
  body: unknown,
  expected: z.infer<typeof ttsEventName> | undefined
): { readonly topic: string; readonly device: string | undefined } {
  const read = parseJson(body instanceof Uint8Array ? body : new Uint8Array())
  if (!read.ok) throw invalid(`${read.reason}: ${read.detail}`)
  const parsed = addressed.safeParse(read.json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
  }
  const ids = parsed.data.end_device_ids
  const event = fields.find(([field]) => Object.hasOwn(parsed.data, field))?.[1]
  if (event === undefined) throw invalid('it holds none of uplink_message, join_accept and the other types of message')
  if (expected !== undefined && event !== expected)
    throw invalid(`it is ${event}, and this address expects ${expected}`)
  return {
    topic: `v3/${ids.application_ids.application_id}/devices/${ids.device_id}/${event}`,
    device: ids.dev_eui?.toLowerCase()
  }
}

function invalid(cause: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `ingest event of The Things Stack: ${cause}`)
}
