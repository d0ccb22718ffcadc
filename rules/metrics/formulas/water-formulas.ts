import type { Formula } from '../../../model/calculation.ts'
import { counterUse } from '../water/counter-use.ts'
import { ratePerHour } from '../water/rate-of-rise.ts'
import type { PeriodFormula } from './formula.ts'
import { dayMs, hourMs, minuteMs } from './hours.ts'

/** Of the hours of a rain sum so many need a report: a gauge that was silent saw no drought. */
const reportedShare = 0.75

const rainSum = (hours: number): PeriodFormula => ({
  ...{ kind: 'period', needs: ['rainfall'], uses: [], stepMs: hourMs, reachMs: hours * hourMs },
  value: ({ to }, inputs) => {
    const { time, value } = inputs.after('rainfall', to - hours * hourMs, to)
    const reported = new Set(time.map(t => Math.ceil((t - to) / hourMs)))
    if (!reported.has(0) || reported.size < reportedShare * hours) return undefined
    return value.reduce((sum, mm) => sum + mm, 0)
  }
})

const rise = (overMinutes: number): PeriodFormula => {
  const overMs = overMinutes * minuteMs
  /** Readings may lie so far apart, and the newest so far back. */
  const gapMs = Math.max(overMs, 30 * minuteMs)
  return {
    ...{ kind: 'period', needs: ['water_level'], uses: [], stepMs: 10 * minuteMs, reachMs: overMs + 2 * gapMs },
    value: ({ from, to }, inputs) => {
      const samples = inputs.through('water_level', to - overMs - 2 * gapMs, to)
      // Without a reading of its own a period says nothing new.
      return (samples.time.at(-1) ?? 0) <= from ? undefined : ratePerHour(samples, to, overMs, gapMs)
    }
  }
}

const use = ({ of, per, rollsOverAt }: Extract<Formula, { readonly kind: 'counter-use' }>): PeriodFormula => {
  const stepMs = per === 'hour' ? hourMs : dayMs
  return {
    ...{ kind: 'period', needs: [of], uses: [], stepMs, reachMs: stepMs + hourMs },
    value: ({ from, to }, inputs) => {
      const { time, value } = inputs.through(of, from - hourMs, to)
      // From where it stood when the period began.
      const start = Math.max(
        0,
        time.findLastIndex(t => t <= from)
      )
      return counterUse({ value: value.slice(start) }, { rollsOverAt })
    }
  }
}

/** @returns the formula of rain, rivers and meters; `undefined` for the other kinds. */
export function waterFormulaOf(formula: Formula): PeriodFormula | undefined {
  if (formula.kind === 'rain-sum') return rainSum(formula.hours)
  if (formula.kind === 'water-level-rise') return rise(formula.overMinutes)
  return formula.kind === 'counter-use' ? use(formula) : undefined
}
