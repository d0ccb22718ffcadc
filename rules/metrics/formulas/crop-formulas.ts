import type { Formula } from '../../../model/calculation.ts'
import { growingDegrees } from '../crops/growing-degree-days.ts'
import { isBlightPeriod } from '../crops/late-blight.ts'
import type { BlightCriterion, BlightDay } from '../crops/late-blight.ts'
import { isWet, wetHours } from '../crops/leaf-wetness.ts'
import { cropCoefficientOn } from '../crops/season.ts'
import { nextDepletion } from '../crops/soil-water.ts'
import type { PeriodFormula } from './formula.ts'
import { dayMs, extremesOfDay, hourMeans, hourMs, hoursOfDayNeeded, meanOf, zoneMs } from './hours.ts'
import type { Inputs } from './inputs.ts'

type SoilWater = Extract<Formula, { readonly kind: 'soil-water' }>
/** A season of a crop; what lies further back than this is not looked at. */
const longestSeasonMs = 200 * dayMs

const growth = (formula: Extract<Formula, { readonly kind: 'growing-degree-days' }>): PeriodFormula => ({
  ...{ kind: 'period', needs: ['air_temperature'], uses: [], stepMs: dayMs, reachMs: dayMs },
  value: ({ from }, inputs) => {
    const day = extremesOfDay(inputs, 'air_temperature', from)
    return day && growingDegrees(day.max, day.min, formula)
  }
})

const wetness = ({ least, most }: Extract<Formula, { readonly kind: 'wet-hours' }>): PeriodFormula => ({
  ...{ kind: 'period', needs: ['air_temperature'], uses: ['air_humidity', 'leaf_wetness', 'rainfall'] },
  ...{ stepMs: dayMs, reachMs: dayMs },
  value: ({ to }, inputs) => {
    const columns = (metric: string) => hourMeans(inputs, metric, to, 24)
    const [temperature, humidity, wet] = ['air_temperature', 'air_humidity', 'leaf_wetness'].map(columns)
    const hours = Array.from({ length: 24 }, (_, i) => ({
      temperature: temperature?.[i],
      humidity: humidity?.[i],
      wetness: wet?.[i],
      rain: rainOf(inputs, to - (i + 1) * hourMs, to - i * hourMs)
    }))
    const known = hours.filter(hour => hour.temperature !== undefined && isWet(hour) !== undefined)
    return known.length < hoursOfDayNeeded ? undefined : wetHours(hours, least, most)
  }
})

function rainOf(inputs: Inputs, from: number, to: number): number | undefined {
  const { value } = inputs.after('rainfall', from, to)
  return value.length === 0 ? undefined : value.reduce((sum, mm) => sum + mm, 0)
}

/** Days of the criterion end at 09:00. */
const nineOClockMs = 9 * hourMs

const blight = (criterion: BlightCriterion): PeriodFormula => ({
  ...{ kind: 'period', needs: ['air_temperature', 'air_humidity'], uses: [] },
  ...{ stepMs: dayMs, reachMs: 3 * dayMs },
  value: ({ from }, inputs) => {
    const last = from + nineOClockMs
    const first = blightDay(inputs, last - 2 * dayMs)
    const second = blightDay(inputs, last - dayMs)
    return first && second && Number(isBlightPeriod(criterion, [first, second]))
  }
})

function blightDay(inputs: Inputs, from: number): BlightDay | undefined {
  const temperature = extremesOfDay(inputs, 'air_temperature', from)
  const humidity = hourMeans(inputs, 'air_humidity', from + dayMs, 24).filter(hour => hour !== undefined)
  if (!temperature || humidity.length < hoursOfDayNeeded) return undefined
  return { temperatureMin: temperature.min, humidHours: humidity.filter(hour => hour >= 90).length }
}

/** Followed from the first day of the season each time, so that a late reading of any day counts in all that follow. */
const soilWater = (formula: SoilWater): PeriodFormula => {
  const since = Date.parse(formula.since) - zoneMs
  return {
    ...{ kind: 'period', needs: [formula.et0], uses: ['rainfall', 'irrigation'], since },
    ...{ stepMs: dayMs, reachMs: longestSeasonMs },
    value: ({ from, to }, inputs) => {
      if (to - since > longestSeasonMs) return undefined
      let { depletion } = formula
      for (let day = since; day <= from; day += dayMs) {
        const et0 = meanOf(inputs.between(formula.et0, day, day + dayMs).value)
        // Nobody knows what it took on a day without ET0, nor what is left after it.
        if (et0 === undefined) return undefined
        const given = (metric: string) => inputs.after(metric, day, day + dayMs).value.reduce((sum, mm) => sum + mm, 0)
        const cropEt = et0 * cropCoefficientOn(formula, Math.round((day - since) / dayMs))
        depletion = nextDepletion(formula, depletion, {
          rain: given('rainfall'),
          irrigation: given('irrigation'),
          cropEt
        }).depletion
      }
      return depletion
    }
  }
}

/** @returns the formula of crops; `undefined` for the other kinds. */
export function cropFormulaOf(formula: Formula): PeriodFormula | undefined {
  switch (formula.kind) {
    case 'growing-degree-days':
      return growth(formula)
    case 'wet-hours':
      return wetness(formula)
    case 'late-blight-smith':
      return blight('smith')
    case 'late-blight-hutton':
      return blight('hutton')
    case 'soil-water':
      return soilWater(formula)
    default:
      return undefined
  }
}
