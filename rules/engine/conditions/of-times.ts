import type { LeafCondition } from '../../../model/rule.ts'
import { nobodyListened } from '../receipts.ts'
import type { Compiled, Holds, Moment, Workshop } from './compiled.ts'
import { wake } from './of-values.ts'
import type { Spot } from './of-values.ts'

type Of<kind extends LeafCondition['kind']> = Extract<LeafCondition, { readonly kind: kind }>

const dayMs = 86_400_000
/** Việt Nam is 7 hours ahead of UTC all year. */
const vietnamMs = 7 * 3_600_000
/** How many intervals are waited for where a rule says nothing. */
const usualIntervals = 3

/** By receive time alone: what comes late was silent all the same. */
export function absence(condition: Of<'absence'>, { device }: Spot, shop: Workshop): Compiled {
  const seen = shop.seen(condition.device ?? device, condition.metric)
  const fixedMs = condition.afterS === undefined ? undefined : condition.afterS * 1000
  const intervals = condition.intervals ?? usualIntervals
  const holds = (_state: number[], moment: Moment) => {
    const row = seen.indexAt(moment.t)
    const last = seen.times[row]
    if (last === undefined) return Number.NaN
    const intervalMs = seen.values[row] ?? 0
    if (intervalMs === nobodyListened) return 0
    const silentAt = last + (fixedMs ?? intervals * intervalMs)
    if (moment.t >= silentAt) return 1
    wake(moment, silentAt)
    return 0
  }
  return { holds, readings: () => [] }
}

/** A span that goes over midnight belongs to the day on which it begins. */
export function schedule({ from, to, days, months }: Of<'schedule'>): Compiled {
  const [begins, ends] = [minuteOf(from ?? '00:00') * 60_000, to === undefined ? dayMs : minuteOf(to) * 60_000]
  const isOverMidnight = begins >= ends
  const holds = (_state: number[], moment: Moment) => {
    const local = moment.t + vietnamMs
    const midnight = Math.floor(local / dayMs) * dayMs
    const clock = local - midnight
    for (const border of [begins, ends, dayMs]) if (border > clock) wake(moment, midnight + border - vietnamMs)
    const isYesterdays = isOverMidnight && clock < ends
    const isInHours = isOverMidnight ? clock >= begins || isYesterdays : clock >= begins && clock < ends
    return Number(isInHours && isOnDay(new Date(isYesterdays ? local - dayMs : local)))
  }
  const isOnDay = (date: Date) =>
    (days === undefined || days.includes(date.getUTCDay() || 7)) &&
    (months === undefined || months.includes(date.getUTCMonth() + 1))
  return { holds, readings: () => [] }
}

const minuteOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))

/** It has held for so long without a break. */
export function lasting(of: Compiled, { forMs, place }: { readonly forMs: number; readonly place: number }): Holds {
  return (state, moment) => {
    const is = of.holds(state, moment)
    if (is !== 1) {
      state[place] = Number.NaN
      return is
    }
    const since = state[place] ?? Number.NaN
    const began = Number.isNaN(since) ? moment.t : since
    state[place] = began
    if (moment.t >= began + forMs) return 1
    wake(moment, began + forMs)
    return 0
  }
}
