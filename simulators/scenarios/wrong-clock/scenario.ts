import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Site } from '../../../model/registry.ts'
import { Weather } from '../../province/weather.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'
import { rounded, telemetry } from '../telemetry.ts'
import type { Report } from '../telemetry.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Devices send so often. Eight messages span more than the hour after which a clock is called wrong. */
const intervalMs = 9 * minuteMs
/** Messages before the clocks are set, and after. */
export const messages = { wrong: 10, right: 2 }
/** The logger measures more often, and sends what it has in one message. */
const reportsPerBlock = 6

const site: Site = {
  id: 'tram-do-dong-ho-sai',
  name: 'Các trạm đo Con Cuông',
  organisation: rootOrganisation,
  position: { latitude: 19.05263, longitude: 104.88162 }
}

type Fault = 'none' | 'ahead' | 'behind' | 'since-1970' | 'year-2099' | 'local-as-utc' | 'jumping' | 'logger-1970'

const jumpsMs = [0, -3 * hourMs, 0, 30 * minuteMs, -dayMs]

/** What a clock shows at the `n`-th message, as the device writes it. */
const clocks: Readonly<
  Record<Fault, (at: number, moment: { readonly n: number; readonly from: number }) => Report['ts']>
> = {
  none: at => at,
  ahead: at => at + 20 * minuteMs,
  behind: at => at - 2 * dayMs,
  // It began to count when it was switched on: seconds.
  'since-1970': (at, { from }) => (at - from) / 1000,
  'logger-1970': (at, { from }) => (at - from) / 1000,
  'year-2099': (at, { from }) => new Date(Date.UTC(2099, 0, 1) + at - from).toISOString(),
  // Somebody set it by his watch.
  'local-as-utc': at => new Date(at + 7 * hourMs).toISOString(),
  jumping: (at, { n }) => at + (jumpsMs[n % jumpsMs.length] ?? 0)
}

/** A station of the scenario. */
export interface Station extends Device {
  readonly fault: Fault
  /** Whether its times are believed all the same: 30 days back to an hour ahead. */
  readonly isBelieved: boolean
  /** Seconds that health must say of its clock: `null` where the times tell nothing, `undefined` where it calls it right. */
  readonly behindS: number | null | undefined
}

function station(
  [fault, id, name]: readonly [Fault, string, string],
  facts: Pick<Station, 'isBelieved' | 'behindS'>
): Station {
  return { id, name, site: site.id, profile: 'json-weather', simulated: true, fault, ...facts }
}

/** One of each kind of clock. */
export const stations: readonly Station[] = [
  station(['none', 'tram-dung-gio', 'Trạm đúng giờ'], { isBelieved: true, behindS: undefined }),
  station(['ahead', 'tram-nhanh', 'Trạm nhanh 20 phút'], { isBelieved: true, behindS: -1200 }),
  station(['behind', 'tram-cham', 'Trạm chậm hai ngày'], { isBelieved: true, behindS: 172_800 }),
  station(['since-1970', 'tram-1970', 'Trạm đếm từ 1970'], { isBelieved: false, behindS: null }),
  station(['year-2099', 'tram-2099', 'Trạm ở năm 2099'], { isBelieved: false, behindS: null }),
  station(['local-as-utc', 'tram-gio-viet-nam', 'Trạm ghi giờ Việt Nam là UTC'], { isBelieved: false, behindS: null }),
  station(['jumping', 'tram-nhay-gio', 'Trạm có giờ nhảy'], { isBelieved: true, behindS: undefined }),
  station(['logger-1970', 'tram-ghi-khoi', 'Trạm gửi theo khối, hết pin đồng hồ'], { isBelieved: false, behindS: null })
]

/** One report: when it was measured, and what its station's clock showed then. */
export interface Measured {
  readonly at: number
  readonly ts: Report['ts']
  readonly celsius: number
}

/** The messages of a station, in order, each with its reports. */
export function messagesOf({ id, fault }: Station, { seed, from }: ScenarioMoment): readonly (readonly Measured[])[] {
  const weather = new Weather(seed)
  return Array.from({ length: messages.wrong + messages.right }, (_, n) => {
    const sentAt = from + (n + 1) * intervalMs
    const count = fault === 'logger-1970' ? reportsPerBlock : 1
    return Array.from({ length: count }, (__, i) => {
      const at = sentAt - ((count - 1 - i) * intervalMs) / count
      const clock = clocks[n < messages.wrong ? fault : 'none']
      return { at, ts: clock(at, { n, from }), celsius: rounded(weather.air(id, at).celsius, 2) }
    })
  })
}

function* steps(moment: ScenarioMoment): Generator<ScenarioStep> {
  const sent = stations.map(one => ({ one, messages: messagesOf(one, moment) }))
  for (let n = 0; n < messages.wrong + messages.right; n++) {
    for (const { one, messages: all } of sent) {
      const reports = all[n] ?? []
      const at = reports.at(-1)?.at ?? 0
      const bodies = reports.map(({ ts = 0, celsius }): Report => ({ ts, air_temperature: celsius }))
      yield telemetry(one, bodies, at)
    }
  }
}

/** Stations whose clocks are ahead, behind, in 1970 or 2099, seven hours off, or jump; then somebody sets them. */
export const wrongClock: Scenario = {
  name: 'wrong-clock',
  title: { vi: 'Đồng hồ sai', en: 'Wrong clocks' },
  happens: {
    vi: 'Tám trạm: một đúng giờ; các trạm khác nhanh 20 phút, chậm hai ngày, ở năm 1970 hay 2099, ghi giờ Việt Nam là UTC, nhảy giờ, hoặc gửi từng khối khi đồng hồ hết pin. Sau 90 phút đồng hồ được chỉnh.',
    en: 'Eight stations: one is right; others are 20 minutes ahead, two days behind, in 1970 or 2099, send Vietnamese time as UTC, jump, or send blocks after the battery of the clock died. After 90 minutes the clocks are set.'
  },
  shows: {
    vi: 'Không mất giá trị nào. Giờ không tin được thì thay bằng giờ nhận, đánh dấu “receive-time”; trong một khối vẫn giữ khoảng cách giữa các lần đo. Sáu trạm bị báo “đồng hồ sai” cho đến khi chỉnh.',
    en: 'No value is lost. Where a time cannot be believed the time of receipt stands, marked “receive-time”; within a block the distances between measurements are kept. Six stations are told of as “clock wrong” until they are set.'
  },
  lastsMs: (messages.wrong + messages.right) * intervalMs,
  takesItsTime: true,
  provisioning: () => ({
    organisations: [],
    sites: [site],
    devices: stations.map(({ fault: _, isBelieved: __, behindS: ___, ...device }) => device)
  }),
  steps
}
