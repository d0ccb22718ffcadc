const dayMs = 86_400_000
/** Days that the trend is taken over. */
const mostDays = 60
/** Days of values, and the days that they must span, below which there is no forecast. */
const enough = { days: 10, span: 14 }
/** More means that somebody put in another battery, or charged it. */
const replaced = { battery_level: 15, battery_voltage: 0.25 } as const
/** Share of pairs of days that must agree on the direction: Kendall's tau of 0.6 (Mann 1945), far beyond chance at 10 days. */
const agreement = 0.8
/** Forecasts beyond say no more than "years". */
const mostDaysLeft = 3650

type BatteryMetric = 'battery_level' | 'battery_voltage'

/** As it is kept: one value a day, the last. */
export interface BatteryState {
  readonly metric: BatteryMetric
  readonly days: readonly (readonly [day: number, value: number])[]
}

/** Takes a value. A level is preferred to a voltage, which says little until the end. */
export function batteryMeasured(
  state: BatteryState | undefined,
  metric: BatteryMetric,
  value: number,
  at: number
): BatteryState {
  if (state && state.metric !== metric) {
    if (metric === 'battery_voltage') return state
    return { metric, days: [[Math.floor(at / dayMs), value]] }
  }
  const day = Math.floor(at / dayMs)
  const last = state?.days.at(-1)
  if (last && last[0] > day) return state ?? { metric, days: [] }
  const before = state?.days.filter(([one]) => one < day && one > day - mostDays) ?? []
  // One wrong value that is low makes no new battery of the right one after it.
  const highest = Math.max(...before.slice(-3).map(([, one]) => one))
  const isReplaced = before.length > 0 && value > highest + replaced[metric]
  return { metric, days: [...(isReplaced ? [] : before), [day, value]] }
}

/**
 * Days until the battery is empty, by Theil and Sen's line (the median of the slopes of all pairs of days), which single
 * wrong values do not bend.
 *
 * @returns `undefined` where it does not fall clearly, or where it is not known when it is empty.
 */
export function batteryDaysLeft({ metric, days }: BatteryState): number | undefined {
  const first = days[0]
  const last = days.at(-1)
  if (!first || !last || days.length < enough.days || last[0] - first[0] < enough.span) return undefined
  const empty = metric === 'battery_level' ? 0 : emptyVoltage(Math.max(...days.map(([, value]) => value)))
  if (empty === undefined) return undefined
  const slopes: number[] = []
  for (const [i, [day, value]] of days.entries())
    for (const [otherDay, other] of days.slice(i + 1)) slopes.push((other - value) / (otherDay - day))
  const falling = slopes.filter(slope => slope < 0).length
  const level = slopes.filter(slope => slope === 0).length
  // A level in whole percent stands still for days: such pairs say nothing either way.
  if (falling < agreement * (slopes.length - level) || falling < slopes.length / 4) return undefined
  const slope = median(slopes)
  const steepness = slope < 0 ? slope : (last[1] - first[1]) / (last[0] - first[0])
  if (!(steepness < 0)) return undefined
  // Each of the last days speaks of the last: else they would say what was there two days ago.
  const present = median(days.slice(-5).map(([day, value]) => value + steepness * (last[0] - day)))
  return Math.min(mostDaysLeft, Math.max(0, Math.round((present - empty) / -steepness)))
}

/**
 * The voltage at which a cell of this kind is empty; the kind is told by the highest voltage seen. Lithium thionyl chloride:
 * 3.6 V nominal, below 3.0 V at rest nothing is left (Saft LS 14500 datasheet, discharge curves); lithium ion: 4.2 V full,
 * 3.3 V empty at rest. Others are not known.
 */
function emptyVoltage(highest: number): number | undefined {
  if (highest > 3.3 && highest <= 3.75) return 3
  if (highest > 3.75 && highest <= 4.35) return 3.3
  return undefined
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
