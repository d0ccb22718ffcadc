import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import { em300ThPort, encodeEm300Th } from '../../province/payload/milesight-em300-th.ts'
import { Weather } from '../../province/weather.ts'
import { uplink } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'

const minuteMs = 60_000
const intervalMs = 10 * minuteMs
/** Frames before and after the technician notices. */
export const frames = { wrong: 12, right: 12 }

const site: Site = {
  id: 'kho-lanh-vinh',
  name: 'Kho lạnh nông sản Vinh',
  organisation: rootOrganisation,
  position: { latitude: 18.67337, longitude: 105.69232 }
}

const gateway: Gateway = {
  id: '24e124fffef79201',
  name: 'Cổng kho lạnh',
  owner: rootOrganisation,
  sharedWith: [],
  position: { latitude: 18.6741, longitude: 105.69301 },
  simulated: true
}

const profiles = { wrong: 'dragino-lse01', right: 'milesight-em300-th' }

/** An air sensor that was registered as a soil probe. */
export const sensor: Device = {
  id: '24e124fe46339901',
  name: 'Nhiệt ẩm kho lạnh',
  site: site.id,
  profile: profiles.wrong,
  simulated: true
}

/** What the sensor measures at a moment, as it sends it. */
export function measuredAt(seed: number, at: number) {
  const { celsius, humidity } = new Weather(seed).air(sensor.id, at)
  return { batteryLevel: 96, celsius: Math.round((celsius / 5) * 10) / 10, humidity: Math.round(humidity * 2) / 2 }
}

/** When the sensor sends, ms since the epoch, oldest first. */
export function momentsOf(from: number): readonly number[] {
  return Array.from({ length: frames.wrong + frames.right }, (_, i) => from + (i + 1) * intervalMs)
}

function* steps({ seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  for (const [fCnt, at] of momentsOf(from).entries()) {
    if (fCnt === frames.wrong) {
      const body = { profile: profiles.right }
      yield { kind: 'call', at, method: 'PATCH', path: `/devices/${sensor.id}`, body }
    }
    const payload = encodeEm300Th(measuredAt(seed, at))
    const device = { id: sensor.id, name: sensor.name, profile: profiles.right }
    yield uplink({
      ...{ device, seed, at, fCnt, fPort: em300ThPort, payload },
      gateways: [{ id: gateway.id, position: gateway.position ?? { latitude: 0, longitude: 0 } }]
    })
  }
}

/** A device is registered with the profile of another kind of device, and a technician corrects it. */
export const wrongCodec: Scenario = {
  name: 'wrong-codec',
  title: { vi: 'Gắn nhầm bộ giải mã', en: 'Wrong codec' },
  happens: {
    vi: 'Cảm biến nhiệt ẩm EM300-TH bị khai là đầu đo đất LSE01; hai giờ sau kỹ thuật viên sửa lại loại thiết bị.',
    en: 'An EM300-TH air sensor was registered as an LSE01 soil probe; two hours later a technician corrects its profile.'
  },
  shows: {
    vi: 'Hai giờ đầu không có số liệu sai nào: bản tin nằm trong mục cách ly với lý do “codec-error”. Sau khi sửa, nhiệt độ và độ ẩm lên đúng.',
    en: 'No wrong value in the first two hours: the frames stand in quarantine as “codec-error”. After the correction temperature and humidity come in.'
  },
  lastsMs: (frames.wrong + frames.right) * intervalMs,
  provisioning: () => ({ organisations: [], sites: [site], devices: [sensor], gateways: [gateway] }),
  steps
}
