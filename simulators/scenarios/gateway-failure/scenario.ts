import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import { moved } from '../../province/geography.ts'
import { em300ThPort, encodeEm300Th } from '../../province/payload/milesight-em300-th.ts'
import { Weather } from '../../province/weather.ts'
import { gatewayConnection, gatewayStats } from '../chirpstack-gateway.ts'
import type { Marshaler } from '../chirpstack-gateway.ts'
import { uplink } from '../chirpstack-up.ts'
import type { ScenarioGateway } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'

const minuteMs = 60_000
/** Devices measure, and gateways report, so often. */
const intervalMs = 5 * minuteMs
const intervals = 21
/** In intervals: devices speak from the first on; in between the gateway has no power. */
const begins = { devices: 4, outage: 10, back: 18 }
/** Its broker finds out that the gateway is gone when its keep-alive is over. */
const willAfterMs = 45_000

/** Devices that only the gateway hears that fails, that others hear too, and that are not heard by it at all. */
export const numbers = { alone: 43, shared: 12, others: 5 }

const place = { latitude: 18.99205, longitude: 105.46318 }
const site: Site = {
  id: 'canh-dong-yen-thanh',
  name: 'Cánh đồng lúa Yên Thành',
  organisation: rootOrganisation,
  commune: '17506',
  position: place
}

const names = ['Cổng tháp nước', 'Cổng trạm bơm', 'Cổng ủy ban xã']
/** The first of them fails. */
export const gateways: readonly Gateway[] = names.map((name, i) => ({
  id: `24e124fffef7921${i}`,
  name: `${name} Yên Thành`,
  owner: rootOrganisation,
  sharedWith: [],
  position: moved(place, 900 * i, 400 * i),
  simulated: true
}))

/** How each gateway's forwarder writes: the protobuf of the one that fails cannot even say OFFLINE but by leaving it out. */
const marshalers: readonly Marshaler[] = ['protobuf', 'json', 'json']

export const devices: readonly Device[] = Array.from(
  { length: numbers.alone + numbers.shared + numbers.others },
  (_, i) => ({
    id: `24e124fe4634${(0xa000 + i).toString(16)}`,
    name: `Nhiệt ẩm ruộng ${i + 1}`,
    site: site.id,
    profile: 'milesight-em300-th',
    simulated: true
  })
)

/** What a device measures at a moment, as it is sent. */
export function measuredAt({ id }: Device, seed: number, at: number) {
  const { celsius, humidity } = new Weather(seed).air(id, at)
  return { batteryLevel: 97, celsius: Math.round(celsius * 10) / 10, humidity: Math.round(humidity * 2) / 2 }
}

/** @returns the gateways that hear the device, by number, the best first. @param isDown - whether the first one is. */
function hearersOf(device: number, isDown: boolean): readonly number[] {
  const { alone, shared } = numbers
  if (device < alone) return isDown ? [] : [0]
  const other = 1 + (device % 2)
  if (device < alone + shared) return isDown ? [other] : [0, other]
  return [other]
}

/** A frame of the devices, in the order in which they are sent. */
export interface Sent {
  readonly device: Device
  readonly at: number
  readonly fCnt: number
  /** By number; none hears what is sent beside a gateway that is down. */
  readonly hearers: readonly number[]
}

/** What the devices send, heard or not. */
export function sentFrom(from: number): readonly Sent[] {
  const lags = devices.map((_, i) => Math.round((intervalMs * (i + 1)) / (devices.length + 2)))
  return Array.from({ length: intervals - begins.devices }, (_, fCnt) =>
    devices.map((device, i) => {
      const at = from + (begins.devices + fCnt) * intervalMs + (lags[i] ?? 0)
      return { device, at, fCnt, hearers: hearersOf(i, isDownAt(at - from)) }
    })
  ).flat()
}

function isDownAt(sinceMs: number): boolean {
  return sinceMs >= begins.outage * intervalMs && sinceMs < begins.back * intervalMs
}

function frame({ device, at, fCnt, hearers }: Sent, seed: number): ScenarioStep {
  const heardBy = hearers.flatMap((number, rank): readonly ScenarioGateway[] => {
    const { id, position = place } = gateways[number] ?? { id: '' }
    return [{ id, position, rssi: -84 - 14 * rank }]
  })
  const payload = encodeEm300Th(measuredAt(device, seed, at))
  return uplink({ device, seed, at, fCnt, fPort: em300ThPort, payload, gateways: heardBy })
}

function* steps({ seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  const sent = sentFrom(from)
  const failing = { gateway: gateways[0]?.id ?? '', marshaler: marshalers[0] ?? 'json' }
  for (let i = 0; i < intervals; i++) {
    const begin = from + i * intervalMs
    if (i === begins.back) yield gatewayConnection({ ...failing, at: begin, isOnline: true })
    for (const [number, { id }] of gateways.entries()) {
      if (number === 0 && isDownAt(begin - from)) continue
      const heard = sent.filter(one => one.hearers.includes(number) && one.at < begin && one.at >= begin - intervalMs)
      yield gatewayStats({ gateway: id, at: begin, marshaler: marshalers[number] ?? 'json', heard: heard.length })
    }
    const will = i === begins.outage ? begin + willAfterMs : Number.POSITIVE_INFINITY
    const frames = sent.filter(({ at, hearers }) => at >= begin && at < begin + intervalMs && hearers.length > 0)
    for (const one of frames.filter(({ at }) => at < will)) yield frame(one, seed)
    if (i === begins.outage) yield gatewayConnection({ ...failing, at: will, isOnline: false })
    for (const one of frames.filter(({ at }) => at >= will)) yield frame(one, seed)
  }
}

/** One of three gateways loses its power: most of its devices fall silent, some are heard by the other two. */
export const gatewayFailure: Scenario = {
  name: 'gateway-failure',
  title: { vi: 'Mất một trạm thu', en: 'A gateway fails' },
  happens: {
    vi: 'Cánh đồng có 60 cảm biến và ba trạm thu. Trạm ở tháp nước mất điện 40 phút: 43 cảm biến chỉ trạm ấy nghe được, 12 cảm biến trạm khác cũng nghe được.',
    en: 'Sixty sensors in the fields, three gateways. The one on the water tower has no power for 40 minutes: 43 sensors are heard by no other, 12 by others too.'
  },
  shows: {
    vi: 'Đúng một sự cố “trạm thu mất kết nối” kèm danh sách: 43 thiết bị im lặng, 12 thiết bị trạm khác nghe được; không có 43 sự cố riêng. Có điện lại thì sự cố kết thúc, mọi thiết bị lại trực tuyến.',
    en: 'Exactly one event “gateway down” with its list: 43 devices silent, 12 heard elsewhere, and not 43 events. With the power back the event ends, and all devices are online again.'
  },
  lastsMs: intervals * intervalMs,
  takesItsTime: true,
  provisioning: () => ({ organisations: [], sites: [site], devices, gateways }),
  steps
}
