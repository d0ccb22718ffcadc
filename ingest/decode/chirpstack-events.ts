import { z } from 'zod'
import type { UnplacedEvent } from '../../model/network-event.ts'
import { devEui, frameCounter, invalidEvent, shortName } from './lorawan-uplink.ts'
import { detailOf, percent, position } from './event-fields.ts'
import type { EventOutcome } from './event-fields.ts'

/*
 * ChirpStack v4 events other than `up` (chirpstack/chirpstack api/proto, v4.0 … v4.20). What is absent is the default
 * (0, false, ""): v4.0.x and protobuf leave defaults out.
 */
const text = z.string().default('')
const name = shortName.default('')
const base = z.object({ deviceInfo: z.object({ devEui }), time: z.string().nullish() })

const join = base.extend({ devAddr: name })
const ack = base.extend({ queueItemId: text, acknowledged: z.boolean().default(false), fCntDown: frameCounter })
const txAck = base.extend({ queueItemId: text, fCntDown: frameCounter, gatewayId: name })
const log = base.extend({
  level: z.enum(['INFO', 'WARNING', 'ERROR']).default('INFO'),
  code: z.string().max(64).default('UNKNOWN'),
  description: text
})
const status = base.extend({
  // DevStatusAns: 6 bits with a sign (LoRaWAN 1.0.4, 5.5).
  margin: z.number().min(-32).max(31).default(0),
  externalPowerSource: z.boolean().default(false),
  batteryLevelUnavailable: z.boolean().default(false),
  batteryLevel: percent.default(0)
})
const location = base.extend({ location: position })
const integration = base.extend({ integrationName: text })

const levels = { INFO: 'info', WARNING: 'warning', ERROR: 'error' } as const

/**
 * Reads a parsed event of a device.
 *
 * @param name - the last level of its topic.
 * @returns no event for a name that Sen does not know: a newer ChirpStack may say more.
 */
export function chirpStackEventOf(name: string, json: unknown): EventOutcome {
  switch (name) {
    case 'join':
      return read(join, json, ({ devAddr }) => ({ kind: 'join', session: devAddr.toLowerCase() || undefined }))
    case 'ack':
      return read(ack, json, ({ queueItemId, acknowledged, fCntDown }) => ({
        ...downlink(queueItemId, fCntDown),
        state: acknowledged ? 'acked' : 'nacked',
        gateway: undefined
      }))
    case 'txack':
      return read(txAck, json, ({ queueItemId, fCntDown, gatewayId }) => ({
        ...downlink(queueItemId, fCntDown),
        state: 'sent',
        gateway: gatewayId.toLowerCase() || undefined
      }))
    case 'log':
      return read(log, json, ({ level, code, description }) => ({
        kind: 'log',
        level: levels[level],
        code,
        detail: detailOf(description)
      }))
    case 'status':
      return read(status, json, event => ({
        kind: 'status',
        margin: event.margin,
        // A level of 0 beside external power is no empty battery.
        battery: event.externalPowerSource || event.batteryLevelUnavailable ? undefined : event.batteryLevel,
        isExternallyPowered: event.externalPowerSource,
        isOnline: undefined,
        firmware: undefined
      }))
    case 'location':
      return read(location, json, event => ({ kind: 'location', ...event.location }))
    case 'integration':
      return read(integration, json, ({ integrationName }) => ({
        kind: 'integration',
        service: integrationName.slice(0, 64)
      }))
    default:
      return { ok: true, event: undefined, topicName: undefined, time: undefined }
  }
}

function downlink(item: string, counter: number) {
  return { kind: 'downlink', item: item.slice(0, 64) || undefined, counter, detail: undefined } as const
}

type WithoutDevice<T> = T extends UnplacedEvent ? Omit<T, 'device'> : never

function read<T extends z.infer<typeof base>>(
  schema: z.ZodType<T>,
  json: unknown,
  make: (event: T) => WithoutDevice<UnplacedEvent>
): EventOutcome {
  const parsed = schema.safeParse(json)
  if (!parsed.success) return invalidEvent(parsed.error)
  const device = parsed.data.deviceInfo.devEui.toLowerCase()
  const event = { device, ...make(parsed.data) } as UnplacedEvent
  return { ok: true, event, topicName: device, time: parsed.data.time ?? undefined }
}
