import { z } from 'zod'
import type { Reception } from '../../model/network-event.ts'

/** A frame that a LoRaWAN device sent, as its network server tells of it. */
export interface Uplink {
  /** DevEUI, lower case. */
  readonly device: string
  /** What the event's topic calls the device, by its own word. */
  readonly topicName: string
  /** Tells one frame on the air from another. */
  readonly frameKey: string
  readonly fPort: number
  readonly bytes: Uint8Array
  /** What the network server's own codec made of it, if it has one. Counts only where the profile has none. */
  readonly object: unknown
  /** ISO 8601: when the network server says that the frame was heard; `undefined` where it says nothing. */
  readonly time: string | undefined
  /** The gateway that heard it best. */
  readonly best: { readonly rssi: number; readonly snr: number } | undefined
  /** The device's address, and the frame's number in its session. */
  readonly session: string
  readonly counter: number
  /** Of LoRa; `undefined` for another modulation, or where the network server does not say. */
  readonly spreadingFactor: number | undefined
  /** Every gateway that heard it. */
  readonly receptions: readonly Reception[]
  /** No device sent it: somebody tries the network server out. */
  readonly isSimulated: boolean
}

export type UplinkOutcome =
  | { readonly ok: true; readonly uplink: Uplink }
  | { readonly ok: false; readonly reason: 'chirpstack-v3' | 'event-invalid'; readonly detail: string }

/**
 * A frame's application data in Base64: 255 bytes are the most that a frame has (LoRaWAN 1.0.4, 4.3; RP002), and a kilobyte
 * is room for what is yet to come. It stands in the memory of frames that have come before.
 */
export const frameData = z.base64().max(1400)

/** A DevAddr, an EUI, an id of a queue: what network servers call things by. It is remembered, so it has an end. */
export const shortName = z.string().max(100)

export const devEui = z.string().regex(/^[0-9a-fA-F]{16}$/, 'must be 16 hexadecimal digits')

/** 32 bits (LoRaWAN 1.0.4, 4.3.1.5), as a number or in decimal digits: never rounded, or two frames would look like one. */
export const frameCounter = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,10}$/, 'must be decimal digits')
      .transform(Number)
  ])
  .pipe(z.number().int().min(0).max(0xff_ff_ff_ff))
  .default(0)

/**
 * One entry a gateway that heard the frame, as far as both network servers call things the same.
 * proto3 leaves defaults out in JSON: an absent `snr` is 0 dB, a real value.
 */
export const gatewaySignal = z.object({ rssi: z.number().default(0), snr: z.number().default(0) })
type GatewaySignal = z.infer<typeof gatewaySignal>

/** Entries that are looked at: no frame is heard by more gateways, and a message has room for ten thousand. */
const mostGateways = 100

/** A list of gateways that heard a frame, of which the first 100 are read. */
export function gatewaysOf<T extends z.ZodType>(gateway: T) {
  return z.preprocess((list: unknown) => (Array.isArray(list) ? list.slice(0, mostGateways) : list), z.array(gateway))
}

/** LoRa has 5 to 12 (SX126x datasheet, 6.1.1.1). */
export const spreadingFactor = z.number().int().min(5).max(12).nullish()

/** Gateways told of one frame; a network server passes on no more than hear it. */
const mostReceptions = 16

/** @returns those whose figures are numbers that a receiver can measure, the first 16. */
export function receptionsOf(gateways: readonly Reception[]): readonly Reception[] {
  return gateways.filter(({ rssi, snr }) => Math.abs(rssi) < 1000 && Math.abs(snr) < 1000).slice(0, mostReceptions)
}

/** @returns the best by signal-to-noise ratio, of equals the first. */
export function bestOf(gateways: readonly GatewaySignal[]): Uplink['best'] {
  return gateways.reduce<Uplink['best']>((best, one) => (best && best.snr >= one.snr ? best : one), undefined)
}

/** @returns the refusal of an event that breaks its schema: which field, and the rule. */
export function invalidEvent(error: z.ZodError): Extract<UplinkOutcome, { readonly ok: false }> {
  const issue = error.issues[0]
  return {
    ok: false,
    reason: 'event-invalid',
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`
  }
}
