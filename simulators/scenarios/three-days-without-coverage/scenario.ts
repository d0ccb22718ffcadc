import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Site } from '../../../model/registry.ts'
import { moved } from '../../province/geography.ts'
import { Weather } from '../../province/weather.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'
import { rounded, telemetry } from '../telemetry.ts'
import type { Report } from '../telemetry.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** Stations measure every ten minutes. */
const intervalMs = 10 * minuteMs
const coveredMs = 6 * hourMs
const silentMs = 72 * hourMs
/** Reports of one upload. */
const reportsPerUpload = 48

/** Mường Xén, in the mountains on the road to Laos; where in it the stations stand is made up. */
const site: Site = {
  id: 'tram-muong-xen',
  name: 'Trạm đo vùng núi Mường Xén',
  organisation: rootOrganisation,
  commune: '16813',
  position: { latitude: 19.3627, longitude: 104.09489 }
}

/** The stations of the scenario. */
export const stations: readonly Device[] = ['muong-xen-thoi-tiet', 'muong-xen-suoi'].map((id, i) => ({
  id,
  name: i === 0 ? 'Trạm thời tiết đèo' : 'Trạm thời tiết bờ suối',
  site: site.id,
  profile: 'json-weather',
  simulated: true,
  mounting: { position: moved(site.position ?? { latitude: 0, longitude: 0 }, 400 * i, -150 * i), height: 2 }
}))

/** What a station measures at a moment: a pure function, by which what is stored can be checked. */
export function reportOf({ id }: Device, seed: number, at: number): Report {
  const weather = new Weather(seed)
  const air = weather.air(id, at)
  return {
    ts: at,
    // 650 m up, about 4 degrees colder.
    air_temperature: rounded(air.celsius - 4.2, 1),
    air_humidity: rounded(air.humidity, 1),
    rainfall: rounded(weather.rain.fallenMm(at - intervalMs, at), 2)
  }
}

/** The moments a station measures at, from `from` (exclusive) to `to` (inclusive), ms. */
export function momentsOf(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / intervalMs) }, (_, i) => from + (i + 1) * intervalMs)
}

/** The first upload's place in the scenario's time, ms from its beginning. */
export const silenceEndsMs = coveredMs + silentMs

function* steps({ seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  for (const at of momentsOf(from, from + coveredMs)) {
    for (const station of stations) yield telemetry(station, reportOf(station, seed, at), at)
  }
  const back = from + silenceEndsMs
  const missed = momentsOf(from + coveredMs, back)
  for (const station of stations) {
    // The newest first, so that whoever looks sees the present; then what was missed, block by block from the newest back.
    yield telemetry(station, reportOf(station, seed, back), back)
    const blocks: Report[][] = []
    for (let i = 0; i < missed.length; i += reportsPerUpload) {
      blocks.push(missed.slice(i, i + reportsPerUpload).map(at => reportOf(station, seed, at)))
    }
    for (const block of blocks.toReversed()) yield telemetry(station, block, back)
    // The link broke before the last acknowledgement came: the logger sends that block again when it is back.
    yield telemetry(station, blocks[0] ?? [], back)
  }
}

/** Mountain stations lose their mobile network for three days, then upload what they kept. */
export const threeDaysWithoutCoverage: Scenario = {
  name: 'three-days-without-coverage',
  title: { vi: 'Ba ngày mất sóng', en: 'Three days without coverage' },
  happens: {
    vi: 'Hai trạm vùng núi mất sóng di động 72 giờ, rồi gửi bù tất cả số liệu đã lưu, theo khối, khối mới nhất trước; khối cuối bị gửi hai lần.',
    en: 'Two mountain stations lose their mobile network for 72 hours, then upload everything they kept, in blocks, the newest block first; the last block comes twice.'
  },
  shows: {
    vi: 'Biểu đồ không còn khoảng trống: mỗi giá trị nằm ở giờ đo của nó, không giá trị nào bị tính hai lần (khối gửi lặp chỉ tăng số “duplicate”).',
    en: 'No gap is left in the charts: every value stands at the time it was measured, and none counts twice (the repeated block only adds to “duplicate”).'
  },
  lastsMs: silenceEndsMs,
  provisioning: () => ({ organisations: [], sites: [site], devices: stations }),
  steps
}
