import { hash32, hexBytes, uniform, uuid } from '../seeded-random.ts'
import { devAddr, gateways } from './kim-lien.ts'
import type { LoraDevice, SimulatedGateway } from './kim-lien.ts'
import { channelsHz, dataRate, frameRssiDbm, lorawanOverheadBytes, marginDb, snrDb, timeOnAirMs } from './radio.ts'

const tenantId = uuid('Sen', 'tenant')
/** The simulated ChirpStack application: the second level of its topics. */
export const applicationId = uuid('Sen', 'application')
/** Share of frames lost because another one is on air on the same channel and spreading factor. */
const collisionShare = 0.01
/** Seconds by which GPS time is ahead of UTC since 2017, and the GPS epoch (1980-01-06). */
const leapSeconds = 18
const gpsEpochMs = Date.UTC(1980, 0, 6)

/** What a device sends at one moment. */
export interface Frame {
  readonly device: LoraDevice
  readonly seed: number
  /** Period of the device's uplinks, ms. */
  readonly intervalMs: number
  /** Frame counter: 32 bits. */
  readonly fCnt: number
  readonly fPort: number
  readonly payload: Uint8Array
  /** When the device begins to send, ms since the epoch, UTC. */
  readonly at: number
}

interface Reception {
  readonly gateway: SimulatedGateway
  readonly rssi: number
  readonly snr: number
}

/**
 * The ChirpStack v4 event of a frame, as its MQTT integration publishes it (integration.UplinkEvent in JSON).
 *
 * @returns `undefined` if no gateway hears the frame: the network then knows nothing of it, and `fCnt` shows the gap.
 * Source: chirpstack/api/proto/integration/integration.proto, version 4.
 */
export function uplinkEvent(frame: Frame): { readonly topic: string; readonly payload: string } | undefined {
  const heard = receptions(frame)
  if (heard.length === 0) return undefined
  const { device, fCnt, fPort } = frame
  const airMs = timeOnAirMs(device.spreadingFactor, frame.payload.length + lorawanOverheadBytes)
  const endsAt = frame.at + Math.round(airMs)
  const channel = hash32(frame.seed, device.id, 'channel', fCnt) % channelsHz.length
  const event = {
    deduplicationId: uuid(frame.seed, device.id, frame.intervalMs, fCnt, frame.at),
    time: timestamp(endsAt),
    deviceInfo: deviceInfo(device),
    devAddr: devAddr(device, frame.seed, frame.intervalMs),
    adr: true,
    dr: dataRate(device.spreadingFactor),
    fCnt,
    fPort,
    confirmed: false,
    data: Buffer.from(frame.payload).toString('base64'),
    rxInfo: heard.map(reception => rxInfo(frame, reception, endsAt, channel)),
    txInfo: {
      frequency: channelsHz[channel],
      modulation: { lora: { bandwidth: 125_000, spreadingFactor: device.spreadingFactor, codeRate: 'CR_4_5' } }
    },
    regionConfigId: 'as923_2'
  }
  return { topic: `application/${applicationId}/device/${device.id}/event/up`, payload: JSON.stringify(event) }
}

/** The gateways that hear the frame, best first. RSSI in whole dBm, SNR in steps of 0.25 dB, as concentrators report them. */
function receptions({ device, seed, fCnt, intervalMs }: Frame): Reception[] {
  if (uniform(seed, device.id, intervalMs, fCnt, 'collision') < collisionShare) return []
  return gateways
    .flatMap((gateway, i) => {
      const link = device.links[i]
      if (link === undefined) return []
      const rssi = frameRssiDbm(link, seed, device.id, gateway.id, fCnt)
      const snr = snrDb(rssi)
      if (marginDb(snr, device.spreadingFactor) < 0) return []
      return [{ gateway, rssi: Math.round(rssi), snr: Math.round(snr * 4) / 4 }]
    })
    .sort((a, b) => b.snr - a.snr || b.rssi - a.rssi)
}

function deviceInfo(device: LoraDevice) {
  return {
    tenantId,
    tenantName: 'UBND xã Kim Liên',
    applicationId,
    applicationName: 'nong-nghiep-kim-lien',
    deviceProfileId: uuid('Sen', 'profile', device.model),
    deviceProfileName: `${device.model}-as923-2`,
    deviceName: device.name,
    devEui: device.id,
    deviceClassEnabled: 'CLASS_A',
    tags: { site: device.site }
  }
}

function rxInfo(frame: Frame, { gateway, rssi, snr }: Reception, endsAt: number, channel: number) {
  const keys = [frame.seed, frame.device.id, gateway.id, frame.fCnt, frame.intervalMs] as const
  // Backhaul over 4G: 40 to 200 ms from the gateway to the network server.
  const receivedAt = endsAt + 40 + (hash32(...keys, 'backhaul') % 160)
  return {
    gatewayId: gateway.id,
    uplinkId: hash32(...keys, 'uplink'),
    ...(gateway.hasGps && {
      gwTime: timestamp(endsAt),
      timeSinceGpsEpoch: `${((endsAt - gpsEpochMs) / 1_000 + leapSeconds).toFixed(3)}s`
    }),
    nsTime: timestamp(receivedAt),
    rssi,
    snr,
    channel,
    rfChain: channel < 4 ? 1 : 0,
    location: { ...gateway.position, ...(gateway.hasGps && { source: 'GPS' }) },
    context: Buffer.from(hexBytes(4, ...keys, 'context'), 'hex').toString('base64'),
    metadata: { region_config_id: 'as923_2', region_common_name: 'AS923_2' },
    crcStatus: 'CRC_OK'
  }
}

function timestamp(at: number): string {
  return new Date(at).toISOString().replace('Z', '+00:00')
}
