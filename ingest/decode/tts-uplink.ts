import { z } from 'zod'
import {
  bestOf,
  devEui,
  frameCounter,
  frameData,
  gatewaySignal,
  gatewaysOf,
  invalidEvent,
  receptionsOf,
  shortName,
  spreadingFactor
} from './lorawan-uplink.ts'
import type { UplinkOutcome } from './lorawan-uplink.ts'

/**
 * The Things Stack v3 uplink (ApplicationUp with `uplink_message` of lorawan-stack api/ttn/lorawan/v3/messages.proto, v3.32)
 * as JSON. Empty, 0 and false fields are left out: `f_cnt` of a session's first frame, `f_port` and `frm_payload` of a frame
 * without application data, `snr` of 0 dB.
 */
const time = shortName.nullish()
const rxMetadata = gatewaySignal.extend({
  gateway_ids: z.object({ eui: z.string().max(64).default('') }).nullish(),
  ...{ received_at: time, gps_time: time, time }
})
const dataRate = z.object({ lora: z.object({ spreading_factor: spreadingFactor }).nullish() }).nullish()
const event = z.object({
  end_device_ids: z.object({
    device_id: shortName,
    dev_eui: devEui,
    /** Absent for messages that were simulated. */
    dev_addr: shortName.default('')
  }),
  /** Of the Application Server. */
  received_at: time,
  simulated: z.boolean().default(false),
  uplink_message: z.object({
    f_port: z.number().int().min(0).max(255).default(0),
    f_cnt: frameCounter,
    frm_payload: frameData.default(''),
    decoded_payload: z.unknown().optional(),
    rx_metadata: gatewaysOf(rxMetadata).default([]),
    settings: z.object({ time, data_rate: dataRate }).default({}),
    /** Of the Network Server. */
    received_at: time,
    /** There only if the application's operator has the Application Server leave payloads encrypted. */
    app_s_key: z.unknown().optional()
  })
})
type Event = z.infer<typeof event>

const encrypted: UplinkOutcome = {
  ok: false,
  reason: 'event-invalid',
  detail: 'uplink_message.frm_payload: is encrypted; switch off "Skip payload crypto" in The Things Stack'
}

/** Reads a parsed `up` event. */
export function ttsUplinkOf(json: unknown): UplinkOutcome {
  const parsed = event.safeParse(json)
  if (!parsed.success) return invalidEvent(parsed.error)
  const { end_device_ids: ids, uplink_message: message, simulated } = parsed.data
  if (message.app_s_key != null) return encrypted
  const device = ids.dev_eui.toLowerCase()
  // What nobody sent has no frame counter of its own, and must not stand for the frame that has its number.
  const counted = simulated ? `simulated|${parsed.data.received_at ?? ''}` : ids.dev_addr.toLowerCase()
  return {
    ok: true,
    uplink: {
      device,
      topicName: ids.device_id,
      frameKey: [device, counted, message.f_cnt, message.f_port, message.frm_payload].join('|'),
      fPort: message.f_port,
      bytes: Buffer.from(message.frm_payload, 'base64'),
      object: message.decoded_payload,
      time: timeOf(parsed.data),
      best: bestOf(message.rx_metadata),
      session: ids.dev_addr.toLowerCase(),
      counter: message.f_cnt,
      spreadingFactor: message.settings.data_rate?.lora?.spreading_factor ?? undefined,
      receptions: receptionsOf(
        message.rx_metadata.map(({ gateway_ids, rssi, snr }) => ({
          ...{ gateway: gateway_ids?.eui.toLowerCase() ?? '', rssi, snr }
        }))
      ),
      isSimulated: simulated
    }
  }
}

/**
 * As with ChirpStack: the time that the network server gives the frame (the gateway's, where it has one), else when the
 * network server got it, else what a gateway or its server says, else when the event was made.
 */
function timeOf({ uplink_message: message, received_at }: Event): string | undefined {
  const times = message.rx_metadata.map(rx => rx.received_at ?? rx.gps_time ?? rx.time)
  return [message.settings.time, message.received_at, ...times, received_at].find(one => one != null) ?? undefined
}
