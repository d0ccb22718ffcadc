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
 * ChirpStack v4 `event/up` (integration.UplinkEvent of chirpstack/chirpstack api/proto, v4.0 … v4.20) as JSON.
 * proto3 leaves defaults out in v4.0.x and in bridges, so what is absent is 0, false or "". 64-bit integers are text.
 */
const rxInfo = gatewaySignal.extend({
  gatewayId: z.string().max(64).default(''),
  gwTime: z.string().nullish(),
  nsTime: z.string().nullish(),
  /** The name of `gwTime` before v4.6. */
  time: z.string().nullish()
})

const uplink = z.object({
  time: z.string().nullish(),
  deviceInfo: z.object({ devEui }),
  devAddr: shortName.default(''),
  fCnt: frameCounter,
  fPort: z.number().int().min(0).max(255).default(0),
  data: frameData.nullish(),
  object: z.unknown().optional(),
  rxInfo: gatewaysOf(rxInfo).default([]),
  txInfo: z.object({ modulation: z.object({ lora: z.object({ spreadingFactor }).nullish() }).nullish() }).nullish()
})

/** Reads a parsed `event/up`. ChirpStack v3 is recognised by its `devEUI` and refused with a reason of its own. */
export function chirpStackUplinkOf(json: unknown): UplinkOutcome {
  const parsed = uplink.safeParse(json)
  if (!parsed.success) return refusal(json, parsed.error)
  const event = parsed.data
  const device = event.deviceInfo.devEui.toLowerCase()
  const data = event.data ?? ''
  return {
    ok: true,
    uplink: {
      device,
      topicName: device,
      frameKey: `${device}|${event.devAddr}|${event.fCnt}|${event.fPort}|${data}`,
      fPort: event.fPort,
      bytes: Buffer.from(data, 'base64'),
      object: event.object,
      time: event.time ?? event.rxInfo.map(rx => rx.nsTime ?? rx.gwTime ?? rx.time).find(time => time != null),
      best: bestOf(event.rxInfo),
      session: event.devAddr.toLowerCase(),
      counter: event.fCnt,
      spreadingFactor: event.txInfo?.modulation?.lora?.spreadingFactor ?? undefined,
      receptions: receptionsOf(
        event.rxInfo.map(({ gatewayId, rssi, snr }) => ({ gateway: gatewayId.toLowerCase(), rssi, snr }))
      ),
      isSimulated: false
    }
  }
}

function refusal(json: unknown, error: z.ZodError): UplinkOutcome {
  if (typeof json === 'object' && json !== null && 'devEUI' in json) {
    return {
      ok: false,
      reason: 'chirpstack-v3',
      detail: 'ChirpStack v3 event (devEUI); Sen reads v4: upgrade ChirpStack, or its integration, to v4'
    }
  }
  return invalidEvent(error)
}
