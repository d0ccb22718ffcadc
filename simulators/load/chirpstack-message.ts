import { rootOrganisation } from '../../model/registry.ts'
import { encodeLse01, lse01Port } from '../province/payload/dragino-lse01.ts'
import type { Provisioning } from '../province/provisioning.ts'
import { hash32, uuid } from '../seeded-random.ts'
import { loadValue } from './farm-message.ts'
import type { LoadMessage, MessageWriter } from './message-writer.ts'
import { loadSite } from './provisioning.ts'

/** Five metrics of the LSE01, and RSSI, SNR and link margin at the gateway that heard it best. */
export const chirpStackReadings = 8

const maxPacketBytes = 1_500
const applicationId = uuid('Sen', 'load', 'application')
/** Size of an event whose frame counter has three digits. */
const eventBytes = 1_270

/** DevEUI of device `d` (from 0). */
export function loadDevEui(d: number): string {
  return `a840410000${String(d).padStart(6, '0')}`
}

/** What has to be in the registry before a ChirpStack load run: Dragino LSE01s at one site. Pure. */
export function chirpStackProvisioning(runId: string, devices: number): Provisioning {
  const site = loadSite(runId, 0)
  return {
    organisations: [],
    sites: [{ id: site, name: `Load ${runId}`, organisation: rootOrganisation }],
    devices: Array.from({ length: devices }, (_, d) => ({
      id: loadDevEui(d),
      name: `Load ${runId}, LSE01 ${d}`,
      site,
      profile: 'dragino-lse01'
    }))
  }
}

/**
 * Writes the PUBLISH packets of one LoRaWAN device as ChirpStack v4 sends them to its broker: `event/up` of 1,270 bytes with
 * two gateways and the 11 bytes of a Dragino LSE01, which the receiver has to decode. `seed` decides values and session.
 */
export class ChirpStackMessage implements MessageWriter {
  readonly maxBytes = maxPacketBytes
  readonly #d: number
  readonly #seed: number
  readonly #head: Buffer
  readonly #qos: 0 | 1
  readonly #session: string
  readonly #padding: string

  constructor(props: { readonly d: number; readonly seed: number; readonly qos: 0 | 1 }) {
    this.#d = props.d
    this.#seed = props.seed
    this.#qos = props.qos
    // Every run is a session of its own, so that a frame counter that begins anew is no repetition.
    this.#session = hash32(props.seed, props.d, 'session').toString(16).padStart(8, '0')
    const topic = `application/${applicationId}/device/${loadDevEui(props.d)}/event/up`
    this.#head = Buffer.concat([Buffer.from([topic.length >> 8, topic.length & 0xff]), Buffer.from(topic)])
    this.#padding = 'x'.repeat(Math.max(0, eventBytes - this.#event(100, 1_790_000_000_000, '').length))
  }

  write(into: Buffer, offset: number, { n, ts, packetId, isResent }: LoadMessage): number {
    const event = this.#event(n, ts, this.#padding)
    const length = this.#head.length + (this.#qos === 1 ? 2 : 0) + event.length
    into[offset] = 0x30 | (isResent ? 0x08 : 0) | (this.#qos << 1)
    into[offset + 1] = (length & 0x7f) | 0x80
    into[offset + 2] = length >> 7
    into.set(this.#head, offset + 3)
    let at = offset + 3 + this.#head.length
    if (this.#qos === 1) at = into.writeUInt16BE(packetId, at)
    return at + into.write(event, at, 'latin1')
  }

  #event(n: number, ts: number, padding: string): string {
    const time = new Date(ts).toISOString().replace('Z', '+00:00')
    const data = Buffer.from(this.#payload(n)).toString('base64')
    const devEui = loadDevEui(this.#d)
    const id = (n >>> 0).toString(16).padStart(8, '0')
    const gateway = (name: string, rssi: number, snr: number): string =>
      `{"gatewayId":"${name}","uplinkId":${n},"gwTime":"${time}","nsTime":"${time}","rssi":${rssi},"snr":${snr},` +
      `"channel":2,"rfChain":1,"location":{"latitude":18.67,"longitude":105.55},"context":"E3OWOQ==",` +
      `"crcStatus":"CRC_OK"}`
    return (
      `{"deduplicationId":"${id}-4401-4b8d-9386-${devEui.slice(4)}","time":"${time}","deviceInfo":{` +
      `"tenantId":"52f14cd4-c6f1-4fbd-8f87-4025e1d49242","tenantName":"Load","applicationId":"${applicationId}",` +
      `"applicationName":"load","deviceProfileId":"7a0f3b66-2d0e-4b57-8f0c-2f2b1d7e9c01","deviceProfileName":"LSE01",` +
      `"deviceName":"load-${devEui}","devEui":"${devEui}","deviceClassEnabled":"CLASS_A","tags":{"note":"${padding}"}},` +
      `"devAddr":"${this.#session}","adr":true,"dr":3,"fCnt":${n},"fPort":${lse01Port},"confirmed":false,"data":"${data}",` +
      `"rxInfo":[${gateway('24e124fffef79114', -97, 6.75)},${gateway('24e124fffef79115', -116, -9.25)}],` +
      `"txInfo":{"frequency":921600000,"modulation":{"lora":{"bandwidth":125000,"spreadingFactor":9,"codeRate":"CR_4_5"}}},` +
      `"regionConfigId":"as923_2"}`
    )
  }

  #payload(n: number): Uint8Array {
    const value = (m: number): number => loadValue(this.#seed, this.#d, n, m)
    return encodeLse01({
      batteryMv: value(4) * 1_000,
      probeCelsius: value(0),
      soilMoisture: value(2),
      soilCelsius: value(0) - 1,
      conductivity: 100 + (n % 500)
    })
  }
}
