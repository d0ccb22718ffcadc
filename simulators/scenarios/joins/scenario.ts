import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import { em300ThPort, encodeEm300Th } from '../../province/payload/milesight-em300-th.ts'
import { Weather } from '../../province/weather.ts'
import { hexBytes } from '../../seeded-random.ts'
import { marshaledEvent } from '../chirpstack-event.ts'
import { uplink } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'

const minuteMs = 60_000
const intervalMs = 10 * minuteMs
/** Frames that a device sends before it is registered, and after. */
export const frames = { unregistered: 2, registered: 40 }
/** The frame before which some of them join again. */
const rejoinAt = 20
/** Frames that one of them loses on the air. */
export const lost: ReadonlySet<number> = new Set([8, 15, 16, 30])
/** How often the one that hears no answer joins, and every how many minutes. */
export const storm = { joins: 60, everyMinutes: 5 }

const site: Site = {
  id: 'nha-mang-nghi-loc',
  name: 'Nhà màng Nghi Lộc',
  organisation: rootOrganisation,
  position: { latitude: 18.81927, longitude: 105.63244 }
}

const gateway: Gateway = {
  id: '24e124fffef79206',
  name: 'Cổng nhà màng Nghi Lộc',
  owner: rootOrganisation,
  sharedWith: [],
  position: { latitude: 18.82001, longitude: 105.63301 },
  simulated: true
}

type Story = 'keeps-session' | 'rejoins' | 'rejoins-untold' | 'loses' | 'storm'

/** A device of the delivery, and what becomes of it. */
export interface Delivered extends Device {
  readonly story: Story
}

const stories: readonly Story[] = ['keeps-session', 'rejoins', 'rejoins-untold', 'loses', 'storm']

/** The delivery; its devices are switched on before anybody has registered them. */
export const delivery: readonly Delivered[] = stories.map((story, i) => ({
  id: `24e124fe4636c00${i}`,
  name: `Nhiệt ẩm nhà màng ${i + 1}`,
  site: site.id,
  profile: 'milesight-em300-th',
  simulated: true,
  story
}))

/** Stands at the site already; else there would be nothing simulated to begin with. */
const neighbour: Device = {
  id: '24e124fe4636c0ff',
  name: 'Nhiệt ẩm vườn ngoài',
  site: site.id,
  profile: 'milesight-em300-th',
  simulated: true
}

/** What a device measures at a moment, as it is sent. */
export function measuredAt({ id }: Device, seed: number, at: number) {
  const { celsius, humidity } = new Weather(seed).air(id, at)
  return { batteryLevel: 100, celsius: Math.round(celsius * 10) / 10, humidity: Math.round(humidity * 2) / 2 }
}

/** When a device sends a frame that is heard, ms since the epoch, oldest first. */
export function heardMomentsOf({ story }: Delivered, from: number): readonly number[] {
  if (story === 'storm') return []
  return Array.from({ length: frames.unregistered + frames.registered }, (_, n) => n)
    .filter(n => story !== 'loses' || !lost.has(n))
    .map(n => from + (n + 1) * intervalMs)
}

function withoutStory({ story: _, ...device }: Delivered): Device {
  return device
}

/** A join: ChirpStack tells of the new address. */
function join(device: Delivered, at: number, devAddr: string): ScenarioStep {
  // One of the applications is set to protobuf.
  return marshaledEvent(device, 'join', { at, marshaler: device.story === 'loses' ? 'protobuf' : 'json', devAddr })
}

function* steps({ seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  const addressOf = ({ id }: Delivered, session: number): string => hexBytes(4, seed, id, 'session', session)
  for (const device of delivery) if (device.story !== 'storm') yield join(device, from, addressOf(device, 0))
  let joins = 0
  for (let n = 0; n < frames.unregistered + frames.registered; n++) {
    const at = from + (n + 1) * intervalMs
    for (; joins < storm.joins && from + joins * storm.everyMinutes * minuteMs <= at; joins++) {
      const stormy = delivery.find(({ story }) => story === 'storm')
      if (stormy) yield join(stormy, Math.max(from, at - intervalMs), addressOf(stormy, joins))
    }
    if (n === frames.unregistered) yield* registered(at)
    for (const device of delivery) {
      const isNew = n >= rejoinAt && device.story.startsWith('rejoins')
      if (n === rejoinAt && device.story === 'rejoins') yield join(device, at, addressOf(device, 1))
      if (!heardMomentsOf(device, from).includes(at)) continue
      const payload = encodeEm300Th(measuredAt(device, seed, at))
      const fCnt = isNew ? n - rejoinAt : n
      const gateways = [{ id: gateway.id, position: gateway.position ?? { latitude: 0, longitude: 0 } }]
      yield uplink({
        ...{ device, seed, at, fCnt, fPort: em300ThPort, payload, gateways },
        devAddr: addressOf(device, isNew ? 1 : 0)
      })
    }
  }
}

/** The office registers the delivery, and has what was set aside decoded again. */
function* registered(at: number): Generator<ScenarioStep> {
  const changes = delivery.map(one => ({ kind: 'device', device: withoutStory(one) }))
  yield { kind: 'call', at, method: 'POST', path: '/registry', body: { changes } }
  for (const { id: device, story } of delivery)
    if (story !== 'storm')
      yield { kind: 'call', at, method: 'POST', path: '/ingest/quarantine/redecode', body: { device } }
}

/** Devices of a delivery join, send and are registered late; some join again, and one does nothing else. */
export const joins: Scenario = {
  name: 'joins',
  title: { vi: 'Thiết bị mới gia nhập mạng', en: 'Devices join' },
  happens: {
    vi: 'Năm cảm biến mới được bật trước khi khai báo, 20 phút sau mới khai. Một chiếc gia nhập lại (bộ đếm về 0), một chiếc gia nhập lại mà không ai báo, một chiếc mất bốn bản tin, một chiếc cứ gia nhập mãi mà không gửi được số liệu.',
    en: 'Five new sensors are switched on before anybody registers them, 20 minutes later. One joins again (its counter begins at 0), one joins again and nobody tells, one loses four frames, one joins again and again and never sends data.'
  },
  shows: {
    vi: 'Có đủ số liệu từ bản tin đầu tiên. Gia nhập lại không bị tính là mất gói; chỉ chiếc mất thật bị tính. Chiếc gia nhập mãi vẫn “trực tuyến” nhưng không có số liệu nào.',
    en: 'Every value from the first frame on is there. Joining again is no loss; only what was really lost counts. The one that joins for ever is “online” and has no readings.'
  },
  lastsMs: (frames.unregistered + frames.registered) * intervalMs,
  provisioning: () => ({ organisations: [], sites: [site], devices: [neighbour], gateways: [gateway] }),
  steps
}
