import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import type { Rule } from '../../../model/rule.ts'
import { uniform } from '../../seeded-random.ts'
import { uplink } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'
import { rounded, telemetry } from '../telemetry.ts'
import type { Report } from '../telemetry.ts'

const hourMs = 3_600_000
const intervalMs = 10 * 60_000
const lastsMs = 48 * hourMs
/** The power fails about the crest; somebody reads the staff gauge each hour until it is back. */
export const outage = { from: 27 * hourMs, to: 33 * hourMs }

/** Nam Đàn on the Lam river, whose alarm levels stand in the province's bulletins; the curve of this flood is made up. */
const site: Site = {
  id: 'tram-thuy-van-nam-dan',
  name: 'Trạm thủy văn Nam Đàn (mô phỏng)',
  organisation: rootOrganisation,
  commune: '17935',
  position: { latitude: 18.69712, longitude: 105.49861 }
}

const gateway: Gateway = {
  id: '24e124fffef79202',
  name: 'Cổng trạm thủy văn Nam Đàn',
  owner: rootOrganisation,
  sharedWith: [],
  position: { latitude: 18.69801, longitude: 105.49902 },
  simulated: true
}

/** The level sensor in the river, whose zero is the station's datum. */
export const gauge: Device = {
  id: '24e124fe46339921',
  name: 'Mực nước sông Lam',
  site: site.id,
  profile: 'milesight-em500-swl',
  mounting: { datumOffset: 0 },
  simulated: true
}

/** Flood alarm levels of Nam Đàn, m (Quyết định 05/2020/QĐ-TTg): the rule of the pack `hydrology`, for this gauge alone. */
export const alarmRule: Rule = {
  id: 'mo-phong-lu-nam-dan',
  name: { vi: 'Mực nước sông Lam tại Nam Đàn (mô phỏng)', en: 'Stage of the Lam river at Nam Đàn (simulated)' },
  organisation: rootOrganisation,
  version: 1,
  isEnabled: true,
  scope: { devices: [gauge.id] },
  per: 'device',
  levels: (
    [
      ['I', 5.4, 'medium'],
      ['II', 6.9, 'high'],
      ['III', 7.9, 'critical']
    ] as const
  ).map(([number, value, severity]) => ({
    name: { vi: `Mực nước đạt báo động ${number}`, en: `Stage reaches flood alarm level ${number}` },
    severity,
    when: {
      ...{ kind: 'lasting', forS: 600 },
      of: {
        kind: 'threshold',
        metric: 'water_level',
        op: '>=',
        value,
        clear: Number((value - 0.1).toFixed(2)),
        datum: true
      }
    },
    advice: {
      vi: 'Mô phỏng: không có lũ thật. Cảnh báo kỹ thuật từ trạm đo, không phải bản tin chính thức.',
      en: 'Simulated: there is no flood. Technical warning of a gauge, no official bulletin.'
    }
  })),
  pack: 'hydrology/nam-dan',
  source: 'Quyết định 05/2020/QĐ-TTg',
  author: ''
}

/** The rain gauge on the roof. */
export const rain: Device = {
  id: 'nam-dan-mua',
  name: 'Mưa Nam Đàn',
  site: site.id,
  profile: 'json-rain-gauge',
  simulated: true
}

/** The river's level at a time since the beginning, cm: rises from 3.2 m to a crest of about 8.3 m at hour 30. */
export function levelCm(seed: number, sinceMs: number): number {
  const hours = sinceMs / hourMs
  const shape = hours < 30 ? 1 / (1 + Math.exp(-(hours - 20) / 2.5)) : Math.exp(-(((hours - 30) / 14) ** 2))
  const crest = hours < 30 ? 520 : 520 / (1 + Math.exp(-4))
  return Math.round(320 + crest * shape + 2 * uniform(seed, 'waves', sinceMs) - 1)
}

/** Rain of the ten minutes before, mm: heavy in the first day. */
export function rainMm(seed: number, sinceMs: number): number {
  const hours = sinceMs / hourMs
  const heavy = Math.max(0, Math.sin((Math.PI * (hours - 2)) / 20)) * (hours < 22 ? 1 : 0)
  return rounded(5 * heavy * uniform(seed, 'rain', sinceMs), 1)
}

/** When the devices measure, ms from the beginning. */
export const moments = Array.from({ length: lastsMs / intervalMs }, (_, i) => (i + 1) * intervalMs)

/** Whether the station has power. */
export function hasPower(sinceMs: number): boolean {
  return sinceMs < outage.from || sinceMs >= outage.to
}

/** Whether somebody reads the staff gauge then: at each full hour without power. */
export function isRead(sinceMs: number): boolean {
  return !hasPower(sinceMs) && sinceMs % hourMs === 0
}

/** @returns the 7 bytes of an EM500-SWL: `01 75` battery in %, `03 77` depth in cm. Source: Milesight, EM500 Series User Guide. */
function levelBytes(cm: number): Uint8Array {
  return Uint8Array.from([0x01, 0x75, 88, 0x03, 0x77, cm & 0xff, cm >> 8])
}

function* steps({ seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  for (const [i, since] of moments.entries()) {
    const at = from + since
    const cm = levelCm(seed, since)
    if (hasPower(since)) {
      const report: Report = { ts: at, rainfall: rainMm(seed, since), battery_level: 90 }
      yield telemetry(rain, report, at)
      const payload = levelBytes(cm)
      const gateways = [{ id: gateway.id, position: gateway.position ?? { latitude: 0, longitude: 0 } }]
      yield uplink({ device: gauge, seed, at, fCnt: i, fPort: 85, payload, gateways })
    } else if (isRead(since)) {
      const moment = new Date(at).toISOString()
      const read = { device: gauge.id, metric: 'water_level', value: cm, unit: 'cm', t: moment, method: 'staff-gauge' }
      yield { kind: 'call', at, method: 'POST', path: '/observations', body: { ...read, note: 'mất điện, đọc thước' } }
    }
  }
}

/** A river rises above the third alarm level; at the crest the station has no power and a person reads the staff gauge. */
export const flood: Scenario = {
  name: 'flood',
  title: { vi: 'Lũ trên sông Lam', en: 'Flood on the Lam river' },
  happens: {
    vi: 'Mưa to một ngày; nước sông ở Nam Đàn lên từ 3,2 m đến trên 8 m (vượt báo động III). Quanh đỉnh lũ trạm mất điện sáu giờ, người trực đọc thước nước mỗi giờ.',
    en: 'A day of heavy rain; the river at Nam Đàn rises from 3.2 m to over 8 m (beyond alarm level III). About the crest the station has no power for six hours, and somebody reads the staff gauge each hour.'
  },
  shows: {
    vi: 'Cảnh báo báo động I, II, III rồi hết khi nước rút. Đường mực nước liền qua đỉnh lũ: sáu giờ mất điện có số liệu đọc thước, mang dấu “nhập tay”, ghi rõ ai nhập.',
    en: 'An alarm that rises through levels I, II and III and is over when the water has fallen. One line of the level over the crest: in the six hours without power it has the readings of the staff gauge, marked “manual”, with who entered them.'
  },
  lastsMs,
  provisioning: () => ({
    organisations: [],
    sites: [site],
    devices: [gauge, rain],
    gateways: [gateway],
    rules: [alarmRule]
  }),
  steps
}
