import { chirpStackTime } from './chirpstack-up.ts'
import { protobuf, protobufTime } from './protobuf.ts'
import type { Published } from './scenario.ts'

/** How the gateway's MQTT forwarder is set to write. */
export type Marshaler = 'json' | 'protobuf'

interface GatewayMoment {
  /** EUI-64, lower-case hexadecimal. */
  readonly gateway: string
  readonly at: number
  readonly marshaler: Marshaler
}

/**
 * @returns what a gateway counts in its interval, as ChirpStack v4 publishes it, on the connector's line.
 * Source: chirpstack/api/proto/gw/gw.proto, GatewayStats.
 */
export function gatewayStats({ gateway, at, marshaler, heard }: GatewayMoment & { readonly heard: number }): Published {
  const payload =
    marshaler === 'protobuf'
      ? protobuf([2, protobufTime(at)], [5, heard], [6, heard], [17, gateway])
      : JSON.stringify({
          gatewayId: gateway,
          time: chirpStackTime(at),
          rxPacketsReceived: heard,
          rxPacketsReceivedOk: heard,
          metadata: { link: 'lte' }
        })
  return { kind: 'publish', at, line: 'chirpstack', topic: `as923_2/gateway/${gateway}/event/stats`, payload }
}

/**
 * @returns whether the gateway's connection stands: ONLINE from itself, OFFLINE from its will. Source: gw.proto, ConnState:
 * OFFLINE is 0, so protobuf leaves it out.
 */
export function gatewayConnection({
  gateway,
  at,
  marshaler,
  isOnline
}: GatewayMoment & { readonly isOnline: boolean }): Published {
  const payload =
    marshaler === 'protobuf'
      ? protobuf([2, isOnline ? 1 : 0], [3, gateway])
      : JSON.stringify({ gatewayId: gateway, state: isOnline ? 'ONLINE' : 'OFFLINE' })
  return { kind: 'publish', at, line: 'chirpstack', topic: `as923_2/gateway/${gateway}/state/conn`, payload }
}
