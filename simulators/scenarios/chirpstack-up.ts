import type { GeoPosition } from '../../model/registry.ts'
import { applicationId } from '../province/uplink.ts'
import { hash32, hexBytes, uniform, uuid } from '../seeded-random.ts'
import type { Published } from './scenario.ts'

/** A gateway of a scenario. */
export interface ScenarioGateway {
  /** EUI-64, lower-case hexadecimal. */
  readonly id: string
  readonly position: GeoPosition
  /** How strong it hears the device, dBm; left out: about as strong each time, whatever that is. */
  readonly rssi?: number
}

/** What ChirpStack knows of a device. */
export interface ScenarioDevice {
  /** DevEUI, lower-case hexadecimal. */
  readonly id: string
  readonly name: string
  readonly profile: string
}

/** One frame. */
export interface ScenarioFrame {
  readonly device: ScenarioDevice
  readonly seed: number
  /** When it was sent, ms since the epoch, UTC. */
  readonly at: number
  readonly fCnt: number
  readonly fPort: number
  readonly payload: Uint8Array
  /** Which gateways hear it. */
  readonly gateways: readonly ScenarioGateway[]
  /** The device's address, another after each join; left out: always the same. */
  readonly devAddr?: string
}

/** @returns the topic of a device's events. @param event - `up`, `join`, `status`, … */
export function chirpStackTopic(device: string, event: string): string {
  return `application/${applicationId}/device/${device}/event/${event}`
}

/** @returns the part by which every ChirpStack v4 event names its device. */
export function deviceInfoOf({ id, name, profile }: ScenarioDevice) {
  return {
    tenantId: uuid('Sen', 'tenant'),
    tenantName: 'UBND tỉnh Nghệ An',
    applicationId,
    applicationName: 'quan-trac',
    deviceProfileId: uuid('Sen', 'profile', profile),
    deviceProfileName: profile,
    deviceName: name,
    devEui: id,
    deviceClassEnabled: 'CLASS_A',
    tags: {}
  }
}

/** @returns ms as ChirpStack writes times. */
export function chirpStackTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '+00:00')
}

/**
 * @returns the frame as ChirpStack v4 publishes it (integration.UplinkEvent in JSON), on the connector's line.
 * Source: chirpstack/api/proto/integration/integration.proto, version 4.
 */
export function uplink(frame: ScenarioFrame): Published {
  const { device, seed, at, fCnt, fPort, payload } = frame
  const event = {
    deduplicationId: uuid(seed, device.id, fCnt, at),
    time: chirpStackTime(at),
    deviceInfo: deviceInfoOf(device),
    devAddr: frame.devAddr ?? hexBytes(4, seed, device.id, 'address'),
    adr: true,
    dr: 3,
    fCnt,
    fPort,
    confirmed: false,
    data: Buffer.from(payload).toString('base64'),
    rxInfo: frame.gateways.map(gateway => receptionOf(frame, gateway)),
    txInfo: {
      frequency: 923_200_000 + 200_000 * (hash32(seed, device.id, fCnt) % 8),
      modulation: { lora: { bandwidth: 125_000, spreadingFactor: 9, codeRate: 'CR_4_5' } }
    },
    regionConfigId: 'as923_2'
  }
  return {
    kind: 'publish',
    at,
    line: 'chirpstack',
    topic: chirpStackTopic(device.id, 'up'),
    payload: JSON.stringify(event)
  }
}

/** How one gateway hears the frame: the same pair always about as well. RSSI in whole dBm, SNR in steps of 0.25 dB. */
function receptionOf({ device, seed, at, fCnt }: ScenarioFrame, { id, position, rssi: mean }: ScenarioGateway) {
  const usual = mean ?? -92 - 20 * uniform(seed, device.id, id)
  const rssi = Math.round(usual - 4 * uniform(seed, device.id, id, fCnt))
  return {
    gatewayId: id,
    uplinkId: hash32(seed, device.id, id, fCnt),
    nsTime: chirpStackTime(at),
    rssi,
    snr: Math.round((rssi + 110) * 2) / 4,
    location: position,
    context: Buffer.from(hexBytes(4, seed, device.id, id, fCnt), 'hex').toString('base64'),
    metadata: { region_config_id: 'as923_2', region_common_name: 'AS923_2' },
    crcStatus: 'CRC_OK'
  }
}
