import type { GeoPosition } from '../../model/registry.ts'
import { between, hash32 } from '../seeded-random.ts'
import { distanceM, moved } from './geography.ts'
import { adrSpreadingFactor, link, marginDb, meanRssiDbm, snrDb } from './radio.ts'
import type { Link, SpreadingFactor } from './radio.ts'

/** The commune of the LoRaWAN pilot: official code, and the centroid of its area. 61.08 km², so about 4.4 km about it. */
export const kimLienCommune = '17971'
export const kimLienCentre: GeoPosition = { latitude: 18.6681, longitude: 105.56242 }

export interface SimulatedGateway {
  /** EUI-64, lower-case hexadecimal. */
  readonly id: string
  readonly name: string
  readonly position: GeoPosition
  /** Of the antenna above ground, m. */
  readonly heightM: number
  /** With GPS a gateway stamps frames with its own time. */
  readonly hasGps: boolean
}

/** The simulated gateways; their places inside the commune are made up. */
export const gateways: readonly SimulatedGateway[] = [
  gateway('24e124fffef79101', 'Trụ sở xã Kim Liên', [300, -200, 34], { heightM: 27, hasGps: true }),
  gateway('24e124fffef79102', 'Nam Giang', [2_300, 1_900, 28], { heightM: 21, hasGps: true }),
  gateway('a84041ffff27e403', 'Nam Cát', [-2_500, -1_000, 22], { heightM: 15, hasGps: false })
]

/** A part of the commune in which devices stand; radius 1.3 km about its middle. */
export interface Hamlet {
  readonly site: string
  readonly name: string
  readonly position: GeoPosition
}

export const hamlets: readonly Hamlet[] = [
  hamlet('kim-lien-lang-sen', 'Đồng Làng Sen', 100, 600),
  hamlet('kim-lien-hoang-tru', 'Vườn Hoàng Trù', -1_200, 1_500),
  hamlet('kim-lien-nam-giang', 'Đồng Nam Giang', 2_000, 1_500),
  hamlet('kim-lien-nam-cat', 'Đồng Nam Cát', -2_300, -1_300),
  hamlet('kim-lien-hung-tien', 'Bãi Hùng Tiến', 1_300, -2_300)
]
const hamletRadiusM = 1_300

export type LoraModel = 'dragino-lse01' | 'milesight-em300-th'

export interface LoraDevice {
  readonly kind: 'lora'
  /** DevEUI, lower-case hexadecimal. */
  readonly id: string
  readonly name: string
  readonly model: LoraModel
  readonly site: string
  readonly position: GeoPosition
  /** Height of the sensor above ground (negative: depth), m. */
  readonly height: number
  /** What ADR has settled on. */
  readonly spreadingFactor: SpreadingFactor
  /** One link per gateway, in the order of `gateways`. */
  readonly links: readonly Link[]
}

/**
 * The LoRaWAN devices of the commune: soil probes and air sensors by turns, spread over the hamlets.
 * Ids depend on the number alone; places and radio links on the seed too.
 *
 * @param devices - how many, 0 to 65,535.
 */
export function loraDevices({ devices, seed }: { readonly devices: number; readonly seed: number }): LoraDevice[] {
  return Array.from({ length: devices }, (_, index) => loraDevice(index, seed))
}

function loraDevice(index: number, seed: number): LoraDevice {
  const isSoil = index % 2 === 0
  const id = `${isSoil ? 'a84041' : '24e124'}fe4633${(index + 1).toString(16).padStart(4, '0')}`
  const hamlet = hamlets[Math.floor(index / 2) % hamlets.length]
  if (hamlet === undefined) throw new RangeError(`place device ${id}: no hamlets`)
  const number = String(Math.floor(index / 2) + 1).padStart(2, '0')
  return {
    kind: 'lora',
    id,
    name: `${isSoil ? 'Độ ẩm đất' : 'Nhiệt ẩm'} ${number}, ${hamlet.name}`,
    model: isSoil ? 'dragino-lse01' : 'milesight-em300-th',
    site: hamlet.site,
    height: isSoil ? -0.2 : 1.5,
    ...installed(id, hamlet, seed)
  }
}

/**
 * Where the device was put up: like an installer with a field tester, tries places in the hamlet until the best gateway
 * hears it at SF10 with 5 dB to spare (the twentieth place is taken as it is).
 */
function installed(
  id: string,
  hamlet: Hamlet,
  seed: number
): Pick<LoraDevice, 'position' | 'links' | 'spreadingFactor'> {
  for (let attempt = 1; ; attempt++) {
    const angle = between(0, 2 * Math.PI, seed, id, 'angle', attempt)
    const radius = hamletRadiusM * Math.sqrt(between(0, 1, seed, id, 'radius', attempt))
    const position = moved(hamlet.position, radius * Math.cos(angle), radius * Math.sin(angle))
    const links = gateways.map(({ id: gatewayId, position: mast }) =>
      link(distanceM(position, mast), seed, id, gatewayId, attempt)
    )
    const snr = Math.max(...links.map(each => snrDb(meanRssiDbm(each))))
    // The best of 20 frames lies about 3 dB above the mean.
    if (marginDb(snr, 10) >= 5 || attempt === 20)
      return { position, links, spreadingFactor: adrSpreadingFactor(Math.min(12, snr + 3)) }
  }
}

/**
 * The address a device got when it joined. Its session, and so its frame counter, begins anew when the simulation's
 * interval changes: a count of other intervals would jump.
 */
export function devAddr(device: LoraDevice, seed: number, intervalMs: number): string {
  const address = hash32(seed, device.id, 'session', Math.round(intervalMs)) & 0x01ff_ffff
  return address.toString(16).padStart(8, '0')
}

function gateway(
  id: string,
  name: string,
  [east, north, altitude]: readonly [number, number, number],
  equipment: Pick<SimulatedGateway, 'heightM' | 'hasGps'>
): SimulatedGateway {
  return { id, name, position: { ...moved(kimLienCentre, east, north), altitude }, ...equipment }
}

function hamlet(site: string, name: string, east: number, north: number): Hamlet {
  return { site, name, position: moved(kimLienCentre, east, north) }
}
