import type { Formula } from '../../../model/calculation.ts'
import { nowcast, nowcastHours } from '../air/nowcast.ts'
import { eightHourMeans } from '../air/ozone-8h.ts'
import { aqiOfDay, aqiOfHour } from '../air/vn-aqi.ts'
import type { PeriodFormula } from './formula.ts'
import { dayMs, hourMeans, hourMs, hoursOfDayNeeded, meanOfHours } from './hours.ts'
import type { Inputs } from './inputs.ts'

const gases = ['o3', 'no2', 'so2', 'co'] as const
const dust = ['pm2_5', 'pm10'] as const
/** Either kind of particulate matter is enough, so neither is needed by itself. */
const air = { needs: [], uses: [...dust, ...gases] }

const nowcastOf = (inputs: Inputs, metric: string, end: number) => nowcast(hourMeans(inputs, metric, end, nowcastHours))

const nowcastFormula = (metric: (typeof dust)[number]): PeriodFormula => ({
  ...{ kind: 'period', needs: [metric], uses: [], stepMs: hourMs, reachMs: nowcastHours * hourMs },
  value: ({ to }, inputs) => nowcastOf(inputs, metric, to)
})

const aqiHour: PeriodFormula = {
  ...{ kind: 'period', ...air, stepMs: hourMs, reachMs: nowcastHours * hourMs },
  value: ({ to }, inputs) => {
    const mean = (metric: string) => hourMeans(inputs, metric, to, 1)[0]
    return aqiOfHour({
      pm2_5: nowcastOf(inputs, 'pm2_5', to),
      pm10: nowcastOf(inputs, 'pm10', to),
      o3_1h: mean('o3'),
      no2: mean('no2'),
      so2: mean('so2'),
      co: mean('co')
    })?.published
  }
}

const largest = (hours: readonly (number | undefined)[]): number | undefined => {
  const known = hours.filter(hour => hour !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** Hours before the day that its first 8-hour means reach back to. */
const before = 7

const aqiDay: PeriodFormula = {
  ...{ kind: 'period', ...air, stepMs: dayMs, reachMs: dayMs + before * hourMs },
  value: ({ to }, inputs) => {
    const hoursOf = (metric: string) => hourMeans(inputs, metric, to, 24)
    const ozone = hourMeans(inputs, 'o3', to, 24 + before)
    return aqiOfDay({
      pm2_5: meanOfHours(hoursOf('pm2_5'), hoursOfDayNeeded),
      pm10: meanOfHours(hoursOf('pm10'), hoursOfDayNeeded),
      o3_1h: largest(ozone.slice(0, 24)),
      o3_8h: largest(eightHourMeans(ozone.toReversed())),
      no2: largest(hoursOf('no2')),
      so2: largest(hoursOf('so2')),
      co: largest(hoursOf('co'))
    })?.published
  }
}

/** @returns the formula of air quality; `undefined` for the other kinds. */
export function airFormulaOf({ kind }: Formula): PeriodFormula | undefined {
  if (kind === 'aqi-hour') return aqiHour
  if (kind === 'aqi-day') return aqiDay
  if (kind === 'nowcast-pm2-5') return nowcastFormula('pm2_5')
  return kind === 'nowcast-pm10' ? nowcastFormula('pm10') : undefined
}
