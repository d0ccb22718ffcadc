import type { Marshaler } from './chirpstack-gateway.ts'
import { chirpStackTime, chirpStackTopic, deviceInfoOf } from './chirpstack-up.ts'
import type { ScenarioDevice } from './chirpstack-up.ts'
import { protobuf, protobufTime } from './protobuf.ts'
import type { WireField } from './protobuf.ts'
import type { Published } from './scenario.ts'

type Body = Readonly<Record<string, string | number | boolean>>

/**
 * Numbers of the fields that are written in protobuf, by event; time is 2 and deviceInfo 3 in each of them, devEui 8 there.
 * Source: chirpstack/api/proto/integration/integration.proto, version 4.
 */
const fields = {
  join: { devAddr: 4 },
  ack: { queueItemId: 4, acknowledged: 5, fCntDown: 6 },
  txack: { queueItemId: 4, fCntDown: 5, gatewayId: 6 }
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>

/** @returns an event of a device as ChirpStack v4 publishes it in JSON, on the connector's line. @param name - `join`, `ack`, `status`, … */
export function chirpStackEvent(device: ScenarioDevice, name: string, at: number, body: Body): Published {
  const event = { time: chirpStackTime(at), deviceInfo: deviceInfoOf(device), ...body }
  const topic = chirpStackTopic(device.id, name)
  return { kind: 'publish', at, line: 'chirpstack', topic, payload: JSON.stringify(event) }
}

/** @returns the same in protobuf, or in JSON, as the network server is set. */
export function marshaledEvent(
  device: ScenarioDevice,
  name: keyof typeof fields,
  { at, marshaler, ...body }: Body & { readonly at: number; readonly marshaler: Marshaler }
): Published {
  if (marshaler === 'json') return chirpStackEvent(device, name, at, body)
  const numbers: Readonly<Record<string, number>> = fields[name]
  const written = Object.entries(body).map(([field, value]): WireField => [numbers[field] ?? 0, value])
  const payload = protobuf([2, protobufTime(at)], [3, protobuf([8, device.id])], ...written)
  return { kind: 'publish', at, line: 'chirpstack', topic: chirpStackTopic(device.id, name), payload }
}
