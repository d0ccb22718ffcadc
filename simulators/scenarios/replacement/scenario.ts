import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import { em300ThPort, encodeEm300Th } from '../../province/payload/milesight-em300-th.ts'
import { Weather } from '../../province/weather.ts'
import { uplink } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'

const intervalMs = 10 * 60_000
/** Frames of the old sensor, of the new one, and of the old one on the workbench afterwards. */
export const frames = { old: 12, new: 12, bench: 2 }

const site: Site = {
  id: 'vuon-uom-nghia-dan',
  name: 'Vườn ươm Nghĩa Đàn',
  organisation: rootOrganisation,
  position: { latitude: 19.31462, longitude: 105.43018 }
}

const gateway: Gateway = {
  id: '24e124fffef79203',
  name: 'Cổng vườn ươm Nghĩa Đàn',
  owner: rootOrganisation,
  sharedWith: [],
  position: { latitude: 19.31501, longitude: 105.43102 },
  simulated: true
}

/** The place of measurement: it keeps its id and history whatever hardware speaks for it. */
export const sensor: Device = {
  id: '24e124fe46339931',
  name: 'Nhiệt ẩm vườn ươm',
  site: site.id,
  profile: 'milesight-em300-th',
  simulated: true
}

/** DevEUI of the sensor that takes its place. */
export const successor = '24e124fe46339932'

/** What is measured at a moment, as it is sent. */
export function measuredAt(seed: number, at: number) {
  const { celsius, humidity } = new Weather(seed).air(sensor.id, at)
  return { batteryLevel: 100, celsius: Math.round(celsius * 10) / 10, humidity: Math.round(humidity * 2) / 2 }
}

/** When frames are sent, ms since the epoch, oldest first. */
export function momentsOf(from: number): readonly number[] {
  return Array.from({ length: frames.old + frames.new }, (_, i) => from + (i + 1) * intervalMs)
}

function* steps({ seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  const frame = (hardware: string, fCnt: number, at: number): ScenarioStep =>
    uplink({
      device: { id: hardware, name: sensor.name, profile: sensor.profile },
      ...{ seed, at, fCnt, fPort: em300ThPort, payload: encodeEm300Th(measuredAt(seed, at)) },
      gateways: [{ id: gateway.id, position: gateway.position ?? { latitude: 0, longitude: 0 } }]
    })
  const moments = momentsOf(from)
  for (const [i, at] of moments.entries()) {
    if (i === frames.old) {
      const body = { hardware: successor }
      yield { kind: 'call', at, method: 'POST', path: `/devices/${sensor.id}/replace`, body }
    }
    yield i < frames.old ? frame(sensor.id, i, at) : frame(successor, i - frames.old, at)
  }
  const last = moments.at(-1) ?? from
  for (let i = 0; i < frames.bench; i++) yield frame(sensor.id, frames.old + i, last)
}

/** A broken sensor is replaced by another one; the old one is switched on once more on the workbench. */
export const replacement: Scenario = {
  name: 'replacement',
  title: { vi: 'Thay cảm biến hỏng', en: 'A sensor is replaced' },
  happens: {
    vi: 'Kỹ thuật viên thay cảm biến hỏng bằng chiếc mới có DevEUI khác; sau đó chiếc cũ được bật thử ở xưởng.',
    en: 'A technician replaces a broken sensor by one with another DevEUI; then the old one is switched on once more in the workshop.'
  },
  shows: {
    vi: 'Một thiết bị, một đường biểu đồ liền mạch qua lần thay. Bản tin của chiếc cũ nằm trong mục cách ly với lý do “replaced”.',
    en: 'One device and one unbroken line over the replacement. What the old one sends in the workshop stands in quarantine as “replaced”.'
  },
  lastsMs: (frames.old + frames.new) * intervalMs,
  provisioning: () => ({ organisations: [], sites: [site], devices: [sensor], gateways: [gateway] }),
  steps
}
