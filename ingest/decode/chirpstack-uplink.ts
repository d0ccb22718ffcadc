import { z } from 'zod'

/**
 * ChirpStack v4 `event/up` (integration.UplinkEvent of chirpstack/chirpstack api/proto, v4.0 … v4.20) as JSON.
 * proto3 leaves defaults out in v4.0.x and in bridges, so what is absent is 0, false or "". 64-bit integers are text.
 */
const rxInfo = z.object({
  gatewayId: z.string().default(''),
  rssi: z.number().default(0),
  /** Absent is 0 dB, a real value. */
  snr: z.number().default(0),
  gwTime: z.string().nullish(),
  nsTime: z.string().nullish(),
  /** The name of `gwTime` before v4.6. */
  time: z.string().nullish()
})

const uplink = z.object({
  deduplicationId: z.string().default(''),
  time: z.string().nullish(),
  deviceInfo: z.object({ devEui: z.string().regex(/^[0-9a-fA-F]{16}$/, 'must be 16 hexadecimal digits') }),
  devAddr: z.string().default(''),
  fCnt: z.coerce.number().int().min(0).default(0),
  fPort: z.number().int().min(0).max(255).default(0),
  data: z.base64().nullish(),
  object: z.unknown().optional(),
  rxInfo: z.array(rxInfo).default([])
})

export interface Uplink {
  /** DevEUI, lower case. */
  readonly device: string
  /** Tells one frame on the air from another. */
  readonly frameKey: string
  readonly fPort: number
  readonly bytes: Uint8Array
  /** What ChirpStack's own codec made of it, if it has one. */
  readonly object: unknown
  /** ISO 8601: the network server's time, else a gateway's; `undefined` where there is none. */
  readonly time: string | undefined
  /** The gateway that heard it best. */
  readonly best: { readonly rssi: number; readonly snr: number } | undefined
}

export type UplinkOutcome =
  | { readonly ok: true; readonly uplink: Uplink }
  | { readonly ok: false; readonly reason: 'chirpstack-v3' | 'event-invalid'; readonly detail: string }

/** Reads a parsed `event/up`. ChirpStack v3 is recognised by its `devEUI` and refused with a reason of its own. */
export function uplinkOf(json: unknown): UplinkOutcome {
  const parsed = uplink.safeParse(json)
  if (!parsed.success) return refusal(json, parsed.error)
  const event = parsed.data
  const device = event.deviceInfo.devEui.toLowerCase()
  const data = event.data ?? ''
  return {
    ok: true,
    uplink: {
      device,
      frameKey: `${device}|${event.devAddr}|${event.fCnt}|${event.fPort}|${data}`,
      fPort: event.fPort,
      bytes: Buffer.from(data, 'base64'),
      object: event.object,
      time: event.time ?? event.rxInfo.map(rx => rx.nsTime ?? rx.gwTime ?? rx.time).find(time => time != null),
      best: event.rxInfo.reduce<Uplink['best']>((best, rx) => (best && best.snr >= rx.snr ? best : rx), undefined)
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
  const issue = error.issues[0]
  return {
    ok: false,
    reason: 'event-invalid',
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`
  }
}
