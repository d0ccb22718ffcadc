import type { Sighting } from '../../devices/onboarding/guess-profile.ts'
import { chirpStackUplinkOf } from '../../ingest/decode/chirpstack-uplink.ts'
import { parseJson } from '../../ingest/decode/json-limits.ts'
import { ttsUplinkOf } from '../../ingest/decode/tts-uplink.ts'
import { topicOf } from '../../ingest/topics.ts'

/** A gateway that heard the newest frame. */
export interface HeardBy {
  readonly gateway: string
  readonly rssi: number
  readonly snr: number
}

/** What can be told of a device by the newest message it sent. */
export interface Finding {
  readonly door: 'chirpstack' | 'tts' | 'mqtt'
  readonly payload: Sighting['payload'] | undefined
  /** Application at the network server: its name where the event has one, else what the topic says. */
  readonly application: string | undefined
  /** What the network server calls the device. */
  readonly deviceName: string | undefined
  readonly kindNames: readonly string[]
  readonly gateways: readonly HeardBy[]
}

const gatewaysShown = 10
const longestName = 100

/**
 * Reads a message of which nothing has been decoded.
 *
 * @param sample - its payload, where it was kept.
 */
export function findingOf(topic: string, sample: string | undefined): Finding {
  const place = topicOf(topic)
  const door = place.kind === 'chirpstack' || place.kind === 'tts' ? place.kind : 'mqtt'
  const nothing = { door, application: undefined, deviceName: undefined, kindNames: [], gateways: [] } as const
  const parsed = sample === undefined ? undefined : parseJson(Buffer.from(sample))
  if (!parsed?.ok) return { ...nothing, payload: undefined }
  if (place.kind === 'chirpstack') return { ...nothing, ...chirpStackFinding(parsed.json, place.application) }
  if (place.kind === 'tts') return { ...nothing, ...ttsFinding(parsed.json, place.application) }
  const newest = Array.isArray(parsed.json) ? (parsed.json.at(-1) as unknown) : parsed.json
  return { ...nothing, payload: typeof newest === 'object' && newest ? { kind: 'json', json: newest } : undefined }
}

function chirpStackFinding(json: unknown, application: string): Partial<Finding> & Pick<Finding, 'payload'> {
  const info = at(json, 'deviceInfo')
  return {
    payload: frameOf(chirpStackUplinkOf(json)),
    application: nameAt(info, 'applicationName') ?? application,
    deviceName: nameAt(info, 'deviceName'),
    kindNames: [nameAt(info, 'deviceProfileName')].filter(name => name !== undefined),
    gateways: gatewaysOf(at(json, 'rxInfo'), entry => nameAt(entry, 'gatewayId'))
  }
}

function ttsFinding(json: unknown, application: string): Partial<Finding> & Pick<Finding, 'payload'> {
  const message = at(json, 'uplink_message')
  const version = at(message, 'version_ids')
  const [brand, model] = [nameAt(version, 'brand_id'), nameAt(version, 'model_id')]
  return {
    payload: frameOf(ttsUplinkOf(json)),
    application: application.split('@')[0],
    deviceName: nameAt(at(json, 'end_device_ids'), 'device_id'),
    kindNames: model === undefined ? [] : [`${brand ?? ''} ${model}`],
    gateways: gatewaysOf(at(message, 'rx_metadata'), entry => {
      const ids = at(entry, 'gateway_ids')
      return nameAt(ids, 'eui')?.toLowerCase() ?? nameAt(ids, 'gateway_id')
    })
  }
}

function frameOf(read: ReturnType<typeof chirpStackUplinkOf>): Finding['payload'] {
  return read.ok ? { kind: 'frame', fPort: read.uplink.fPort, bytes: read.uplink.bytes } : undefined
}

function gatewaysOf(list: unknown, idOf: (entry: unknown) => string | undefined): readonly HeardBy[] {
  if (!Array.isArray(list)) return []
  return list.slice(0, gatewaysShown).flatMap(entry => {
    const gateway = idOf(entry)
    return gateway === undefined ? [] : [{ gateway, rssi: numberAt(entry, 'rssi'), snr: numberAt(entry, 'snr') }]
  })
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key] // it has the key
    : undefined
}

function nameAt(value: unknown, key: string): string | undefined {
  const found = at(value, key)
  return typeof found === 'string' && found !== '' ? found.slice(0, longestName) : undefined
}

/** proto3 leaves 0 out. */
function numberAt(value: unknown, key: string): number {
  const found = at(value, key)
  return typeof found === 'number' && Number.isFinite(found) ? found : 0
}
