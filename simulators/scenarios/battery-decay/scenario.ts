import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import { encodeLse01, lse01Port } from '../../province/payload/dragino-lse01.ts'
import { em300ThPort, encodeEm300Th } from '../../province/payload/milesight-em300-th.ts'
import { Weather } from '../../province/weather.ts'
import { normal, uniform } from '../../seeded-random.ts'
import { chirpStackEvent } from '../chirpstack-event.ts'
import { uplink } from '../chirpstack-up.ts'
import type { ScenarioDevice } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'
import { rounded, telemetry } from '../telemetry.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Frames come three times a day. */
const intervalMs = 8 * hourMs
const days = 26

const site: Site = {
  id: 'vuon-cam-quy-hop',
  name: 'Vườn cam Quỳ Hợp',
  organisation: rootOrganisation,
  position: { latitude: 19.32764, longitude: 105.18493 }
}

const gateway: Gateway = {
  id: '24e124fffef79205',
  name: 'Cổng vườn cam Quỳ Hợp',
  owner: rootOrganisation,
  sharedWith: [],
  position: { latitude: 19.32801, longitude: 105.18522 },
  simulated: true
}

/** How a device tells of its battery: in its frames as %, as volts in JSON, or by DevStatusAns. */
type Tells = 'frames' | 'volts' | 'status' | 'external'

/** A device, its battery, and when that will be empty. */
export interface Powered extends Device {
  readonly tells: Tells
  /** Level in %, or V, so many days after the beginning. */
  readonly level: (day: number) => number
  /** Days after the end of the scenario; `undefined` where it does not fall. */
  readonly lastsDays: number | undefined
}

const falling = (from: number, perDay: number) => (day: number) => from - perDay * day
/** In the middle of the night of the ninth day somebody puts in another one. */
const replacedOnDay = 9
const cells = {
  slow: falling(90, 0.4),
  fast: falling(80, 2),
  old: falling(30, 1.5),
  fresh: falling(100, 1),
  lithium: falling(3.65, 0.01),
  status: falling(60, 0.8)
}
/** A lithium thionyl chloride cell is empty at 3 V. */
const emptyVolts = 3

function powered(
  [id, name, profile]: readonly [string, string, string],
  facts: Pick<Powered, 'tells' | 'level' | 'lastsDays'>
): Powered {
  return { id, name, site: site.id, profile, simulated: true, ...facts }
}

/** One of each kind. */
export const fleet: readonly Powered[] = [
  powered(['24e124fe4635b001', 'Nhiệt ẩm lô 1 (pin bền)', 'milesight-em300-th'], {
    ...{ tells: 'frames', level: cells.slow, lastsDays: cells.slow(days) / 0.4 }
  }),
  powered(['24e124fe4635b002', 'Nhiệt ẩm lô 2 (pin yếu nhanh)', 'milesight-em300-th'], {
    ...{ tells: 'frames', level: cells.fast, lastsDays: cells.fast(days) / 2 }
  }),
  powered(['24e124fe4635b003', 'Nhiệt ẩm lô 3 (thay pin)', 'milesight-em300-th'], {
    tells: 'frames',
    level: day => (day < replacedOnDay ? cells.old(day) : cells.fresh(day - replacedOnDay)),
    lastsDays: cells.fresh(days - replacedOnDay)
  }),
  powered(['24e124fe4635b004', 'Nhiệt ẩm lô 4 (pin đứng yên)', 'milesight-em300-th'], {
    ...{ tells: 'frames', level: () => 76, lastsDays: undefined }
  }),
  powered(['vuon-cam-thoi-tiet', 'Trạm thời tiết vườn cam', 'json-weather'], {
    ...{ tells: 'volts', level: cells.lithium, lastsDays: (cells.lithium(days) - emptyVolts) / 0.01 }
  }),
  powered(['a84041ffff2c2d05', 'Ẩm đất lô 5 (báo pin qua mạng)', 'dragino-lse01'], {
    ...{ tells: 'status', level: cells.status, lastsDays: cells.status(days) / 0.8 }
  }),
  powered(['a84041ffff2c2d06', 'Ẩm đất nhà điều hành (điện lưới)', 'dragino-lse01'], {
    ...{ tells: 'external', level: () => 0, lastsDays: undefined }
  })
]

/** What a device says of its battery at a moment: whole percent, or volts with a little noise. */
export function toldAt({ id, tells, level }: Powered, { seed, from }: ScenarioMoment, at: number): number {
  const exact = level((at - from) / dayMs)
  if (tells === 'volts') return rounded(exact + 0.002 * normal(seed, id, at), 3)
  // A cell in the evening sun says one more.
  const warmer = tells === 'frames' && uniform(seed, id, at) < 0.1 ? 1 : 0
  return Math.round(exact) + warmer
}

/** When they send, ms since the epoch, oldest first. */
export function momentsOf(from: number): readonly number[] {
  return Array.from({ length: (days * dayMs) / intervalMs }, (_, i) => from + (i + 1) * intervalMs)
}

function* stepsOf(one: Powered, moment: ScenarioMoment, [n, at]: readonly [number, number]): Generator<ScenarioStep> {
  const { seed } = moment
  const told = toldAt(one, moment, at)
  const device: ScenarioDevice = one
  const { celsius, humidity } = new Weather(seed).air(one.id, at)
  const gateways = [{ id: gateway.id, position: gateway.position ?? { latitude: 0, longitude: 0 } }]
  const frame = (fPort: number, payload: Uint8Array) =>
    uplink({ ...{ device, seed, at, fCnt: n, fPort, payload, gateways } })
  if (one.tells === 'volts') {
    yield telemetry(one, { ts: at, air_temperature: rounded(celsius, 1), battery_voltage: told }, at)
  } else if (one.tells === 'frames') {
    yield frame(em300ThPort, encodeEm300Th({ batteryLevel: told, celsius, humidity }))
  } else {
    const soil = { probeCelsius: celsius, soilMoisture: 31.5, soilCelsius: 24.1, conductivity: 310 }
    yield frame(lse01Port, encodeLse01({ batteryMv: 3600, ...soil }))
    const isExternal = one.tells === 'external'
    const power = { externalPowerSource: isExternal, batteryLevelUnavailable: false, batteryLevel: told }
    // ChirpStack asks once a day.
    if (n % 3 === 0) yield chirpStackEvent(device, 'status', at, { margin: 12, ...power })
  }
}

function* steps(moment: ScenarioMoment): Generator<ScenarioStep> {
  for (const sent of momentsOf(moment.from).entries()) for (const one of fleet) yield* stepsOf(one, moment, sent)
}

/** Batteries of several kinds fall at several rates for four weeks; one is replaced. */
export const batteryDecay: Scenario = {
  name: 'battery-decay',
  title: { vi: 'Pin yếu dần', en: 'Batteries run down' },
  happens: {
    vi: 'Bảy thiết bị trong 26 ngày: pin giảm nhanh, giảm chậm, đứng yên, tính bằng vôn, báo qua mạng LoRaWAN, dùng điện lưới; một chiếc được thay pin ở ngày thứ chín.',
    en: 'Seven devices in 26 days: batteries that fall fast, slowly, not at all, in volts, told by LoRaWAN status, on the mains; one is replaced on the ninth day.'
  },
  shows: {
    vi: 'Số ngày còn lại sai không quá 3 ngày hoặc 10 %. Chiếc thay pin được tính lại từ pin mới. Chỉ chiếc sắp hết trong 30 ngày có sự cố “pin yếu”; chiếc đứng yên và chiếc điện lưới không có dự báo.',
    en: 'Days left within 3 days or 10 % of the truth. The replaced one is counted from its new battery. Only the one that is empty within 30 days has an event “battery low”; the steady one and the one on the mains have no forecast.'
  },
  lastsMs: days * dayMs,
  provisioning: () => ({
    organisations: [],
    sites: [site],
    devices: fleet.map(({ tells: _, level: __, lastsDays: ___, ...device }) => device),
    gateways: [gateway]
  }),
  steps
}
