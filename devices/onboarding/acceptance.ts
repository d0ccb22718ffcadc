import { demodulationFloorDb } from '../../model/demodulation.ts'
import type { Mounting } from '../../model/registry.ts'

/** What is known of an installed device when a verdict on it is given. */
export interface AcceptanceFacts {
  readonly isLorawan: boolean
  /** How often its messages were stored since it was installed, counted up to a few. */
  readonly heard: number
  /** The newest radio measurement; `undefined`: none. */
  readonly link: LinkFacts | undefined
  /** The newest values, with whether each lies within what is plausible. */
  readonly values: readonly ValueFact[]
  readonly battery: BatteryFacts | undefined
  /** Whether it runs on a battery at all, as far as its profile can say. */
  readonly hasBattery: boolean
  readonly mounting: Mounting | undefined
  readonly demands: readonly MountingDemand[]
}

export interface LinkFacts {
  /** Above the demodulation floor of the frame's spreading factor; `undefined` where that is not known. */
  readonly marginDb: number | undefined
  readonly snr: number | undefined
}

export interface ValueFact {
  readonly metric: string
  readonly value: number | boolean | string
  readonly isPlausible: boolean
}

/** By percent, or by voltage with the lowest that is enough. */
export interface BatteryFacts {
  readonly percent: number | undefined
  readonly volts: number | undefined
}

/** A fact of the mounting that must be there. */
export type MountingDemand = 'position' | 'height' | 'datumOffset' | 'photo'

export const criteria = ['heard', 'margin', 'plausible', 'battery', 'mounting'] as const
export type Criterion = (typeof criteria)[number]

/** One criterion's own result. */
export interface CriterionResult {
  readonly criterion: Criterion
  readonly result: 'passed' | 'failed' | 'not-applicable'
  /** What was found: a number in the criterion's own unit (times, dB, %, V). */
  readonly found: number | undefined
  /** What is wrong or missing: metric names, or demands. */
  readonly lacking: readonly string[]
}

export interface Acceptance {
  /** "Đạt" or "Chưa đạt". */
  readonly isPassed: boolean
  readonly results: readonly CriterionResult[]
}

/** It must have been heard so often. */
export const enoughHeard = 3
/** So much above what its spreading factor needs, dB. */
export const enoughMarginDb = 5
/** New batteries are full. */
export const enoughBatteryPercent = 70
/** What a lithium cell of 3.6 V has until it is nearly empty; two alkaline cells that are new have 3 V. */
export const enoughBatteryVolts = 2.9

/**
 * How far above what it needs a frame was heard, dB. Where the spreading factor is not known the strictest need counts
 * (SF7): a link that passes so passes at every other.
 */
export function linkMarginDb({ snr, marginDb }: LinkFacts): number | undefined {
  return marginDb ?? (snr === undefined ? undefined : snr - demodulationFloorDb(7))
}

/** Gives the verdict on an installed device. Pure: the same facts, the same verdict. */
export function acceptanceOf(facts: AcceptanceFacts): Acceptance {
  const results = [heardOf(facts), marginOf(facts), plausibleOf(facts), batteryOf(facts), mountingOf(facts)]
  return { isPassed: results.every(({ result }) => result !== 'failed'), results }
}

/** The mounting facts that a device of these metrics must have. */
export function mountingDemandsOf(metrics: readonly string[]): readonly MountingDemand[] {
  const isLevelled = metrics.includes('water_level')
  const hasHeight = metrics.some(metric => heightMatters.test(metric))
  return [
    'position',
    ...(hasHeight ? (['height'] as const) : []),
    ...(isLevelled ? (['datumOffset'] as const) : []),
    'photo'
  ]
}

/** Air, wind and dust differ with height above ground, soil with depth below it. */
const heightMatters = /^(?:air_|wind_|soil_|pm2_5$|pm10$|solar_radiation$|rainfall$|leaf_wetness$)/

function heardOf({ heard }: AcceptanceFacts): CriterionResult {
  return judged('heard', heard >= enoughHeard, heard)
}

function marginOf({ isLorawan, link }: AcceptanceFacts): CriterionResult {
  if (!isLorawan) return notApplicable('margin')
  const margin = link && linkMarginDb(link)
  if (margin === undefined) return judged('margin', false, undefined, ['snr'])
  return judged('margin', margin >= enoughMarginDb, Math.round(margin * 10) / 10)
}

function plausibleOf({ values }: AcceptanceFacts): CriterionResult {
  const wrong = values.filter(({ isPlausible }) => !isPlausible).map(({ metric }) => metric)
  return judged('plausible', values.length > 0 && wrong.length === 0, values.length, wrong)
}

function batteryOf({ hasBattery, battery }: AcceptanceFacts): CriterionResult {
  if (!hasBattery) return notApplicable('battery')
  const { percent, volts } = battery ?? {}
  if (percent !== undefined) return judged('battery', percent >= enoughBatteryPercent, percent)
  if (volts !== undefined) return judged('battery', volts >= enoughBatteryVolts, volts)
  return judged('battery', false, undefined, ['battery'])
}

function mountingOf({ mounting = {}, demands }: AcceptanceFacts): CriterionResult {
  const lacking = demands.filter(demand => mounting[demand] === undefined)
  return judged('mounting', lacking.length === 0, undefined, lacking)
}

function judged(
  criterion: Criterion,
  isPassed: boolean,
  found: number | undefined,
  lacking: readonly string[] = []
): CriterionResult {
  return { criterion, result: isPassed ? 'passed' : 'failed', found, lacking: isPassed ? [] : lacking }
}

function notApplicable(criterion: Criterion): CriterionResult {
  return { criterion, result: 'not-applicable', found: undefined, lacking: [] }
}
