import { z } from 'zod'
import { calculationId, metricName, organisationId } from './ids.ts'
import type { Metric } from './metric.ts'
import { metricCatalogue } from './metric.ts'
import { named, ruleScope, words } from './rule.ts'

const number = z.number().min(-1e15).max(1e15)
const share = z.number().min(0).max(1)
const degrees = z.number().min(-50).max(80)
const date = z.iso.date()

/** A metric of one's own, for what a calculation gives. */
const ownMetric = z
  .object({
    name: metricName,
    vi: words.max(100),
    en: words.max(100).optional(),
    /** UCUM; '' where there is none. */
    unit: z.string().max(20).default(''),
    min: number.optional(),
    max: number.optional(),
    aggregate: z.enum(['mean', 'sum', 'last']).default('mean')
  })
  .strict()

const plain = z
  .object({
    kind: z.enum([
      ...(['dew-point', 'wet-bulb', 'heat-index', 'vapour-pressure-deficit', 'thi-cattle'] as const),
      ...(['thi-broiler', 'thi-layer', 'ammonia-unionised', 'aqi-hour', 'aqi-day', 'et0-hargreaves'] as const),
      ...(['nowcast-pm2-5', 'nowcast-pm10', 'late-blight-smith', 'late-blight-hutton'] as const)
    ])
  })
  .strict()
const oxygen = z
  .object({
    kind: z.literal('oxygen-saturation'),
    /** Where the device does not measure it, g/kg. */
    salinity: z.number().min(0).max(45).default(0)
  })
  .strict()
export const rainSumHours = [1, 3, 6, 12, 24, 48, 72] as const
const rainSum = z.object({ kind: z.literal('rain-sum'), hours: z.literal(rainSumHours) }).strict()
const rise = z
  .object({
    kind: z.literal('water-level-rise'),
    /** Over which time it is taken, minutes. */
    overMinutes: z.int().min(10).max(1440).default(60)
  })
  .strict()
const wind = {
  /** Of the anemometer above the ground, m. */
  windHeight: z.number().min(0.5).max(50).default(2),
  /** Where wind is not measured, m/s at 2 m (FAO-56 takes 2 then); without it nothing is given. */
  assumedWind: z.number().min(0.5).max(10).optional()
}
const et0Hour = z.object({ kind: z.literal('et0-hour'), ...wind }).strict()
const et0Day = z
  .object({
    ...{ kind: z.literal('et0-day'), ...wind },
    /** Where radiation is not measured it is estimated from temperatures with this: 0.16 inland, 0.19 at the coast. */
    kRs: z.number().min(0.1).max(0.3).optional()
  })
  .strict()
const growth = z
  .object({ kind: z.literal('growing-degree-days'), base: degrees, upper: degrees.optional() })
  .strict()
  .refine(({ base, upper }) => upper === undefined || upper > base, { message: 'upper must be above base' })
const soilWater = z
  .object({
    kind: z.literal('soil-water'),
    /** First day of the season: from here on it is followed. */
    since: date,
    /** Water missing at the beginning, mm. */
    depletion: z.number().min(0).max(1000).default(0),
    fieldCapacity: share,
    wiltingPoint: share,
    rootDepth: z.number().positive().max(5),
    depletionShare: z.number().min(0.1).max(0.8),
    kc: z.object({ initial: number.min(0).max(3), mid: number.min(0).max(3), end: number.min(0).max(3) }).strict(),
    /** Days of the initial, development, middle and late stage. */
    days: z.tuple([z.int().min(0), z.int().min(0), z.int().min(0), z.int().min(0)]),
    et0: z.enum(['et0', 'et0_hargreaves']).default('et0')
  })
  .strict()
  .refine(({ fieldCapacity, wiltingPoint }) => fieldCapacity > wiltingPoint, {
    message: 'fieldCapacity must be above wiltingPoint'
  })
const wetHours = z
  .object({ kind: z.literal('wet-hours'), least: degrees.default(-50), most: degrees.default(80) })
  .strict()
const counter = z
  .object({
    kind: z.literal('counter-use'),
    of: z.enum(['water_volume', 'energy']),
    per: z.enum(['hour', 'day']),
    /** Where the counter begins again at 0: one more than it can show. */
    rollsOverAt: z.number().positive().max(1e15).optional()
  })
  .strict()
/** A number over `m`, values of one device and moment by metric: `m.air_temperature - m.dew_point`. */
const expression = z.object({ kind: z.literal('expression'), value: words.max(2000) }).strict()

export const formula = z.discriminatedUnion('kind', [
  ...([plain, oxygen, rainSum, rise, et0Hour, et0Day] as const),
  ...([growth, soilWater, wetHours, counter, expression] as const)
])
export type Formula = Readonly<z.infer<typeof formula>>

/** Metrics that are kept as series though no device measures them: a thing of the registry, in effect at its place in the raw log. */
export const calculation = z
  .object({
    id: calculationId,
    name: named(120),
    /** Whose it is: it is made for the devices of this organisation and of those below it. */
    organisation: organisationId,
    /** Grows by 1 with each change. */
    version: z.int().min(1),
    isEnabled: z.boolean(),
    /** For which devices. */
    scope: ruleScope,
    formula,
    /** What an expression gives. A built-in formula gives its own metric unless another of the same unit is named here. */
    metric: ownMetric.optional(),
    author: z.string().max(200).default('')
  })
  .strict()
export type Calculation = Readonly<z.infer<typeof calculation>>

const plainMetrics: Readonly<Record<z.infer<typeof plain>['kind'], string>> = {
  'dew-point': 'dew_point',
  'wet-bulb': 'wet_bulb_temperature',
  'heat-index': 'heat_index',
  'vapour-pressure-deficit': 'vapour_pressure_deficit',
  'thi-cattle': 'thi_cattle',
  'thi-broiler': 'thi_broiler',
  'thi-layer': 'thi_layer',
  'ammonia-unionised': 'ammonia_unionised_share',
  'aqi-hour': 'aqi_vn',
  'aqi-day': 'aqi_vn_daily',
  'nowcast-pm2-5': 'pm2_5_nowcast',
  'nowcast-pm10': 'pm10_nowcast',
  'et0-hargreaves': 'et0_hargreaves',
  'late-blight-smith': 'late_blight_smith',
  'late-blight-hutton': 'late_blight_hutton'
}

/** @returns the catalogue's metric that a built-in formula gives; `undefined` for an expression, whose metric is one's own. */
export function builtInMetric(of: Formula): string | undefined {
  switch (of.kind) {
    case 'expression':
      return undefined
    case 'oxygen-saturation':
      return 'oxygen_saturation'
    case 'rain-sum':
      return `rainfall_${of.hours}h`
    case 'water-level-rise':
      return 'water_level_rise'
    case 'et0-hour':
      return 'et0_hourly'
    case 'et0-day':
      return 'et0'
    case 'growing-degree-days':
      return 'growing_degree_days'
    case 'soil-water':
      return 'soil_water_deficit'
    case 'wet-hours':
      return 'wet_hours'
    case 'counter-use':
      return `${of.of === 'energy' ? 'energy' : 'water'}_use${of.per === 'hour' ? '_hourly' : ''}`
    default:
      return plainMetrics[of.kind]
  }
}

/** @returns the metric that a calculation gives; `undefined` for an expression that names none. */
export function metricGivenBy({
  formula: of,
  metric: own
}: Pick<Calculation, 'formula' | 'metric'>): Metric | undefined {
  const builtIn = metricCatalogue.get(builtInMetric(of) ?? '')
  if (own === undefined) return builtIn
  const { name, vi, en = vi, unit, min, max, aggregate } = own
  const range = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
  return { name, vi, en, unit, kind: builtIn?.kind ?? 'number', aggregate, ...range }
}

/** @returns the metrics that calculations add to the catalogue. */
export function ownMetricsOf({
  calculations
}: {
  readonly calculations: ReadonlyMap<string, Calculation>
}): readonly Metric[] {
  return [...calculations.values()].flatMap(one => (one.metric === undefined ? [] : (metricGivenBy(one) ?? [])))
}
