import { qualityBits } from '../../../model/quality.ts'
import type { LeafCondition } from '../../../model/rule.ts'
import type { SeriesHistory } from '../series-history.ts'
import { crossing } from './compiled.ts'
import type { Compiled, Moment, Workshop } from './compiled.ts'
import { beyond, limitOf } from './limit.ts'

type Of<kind extends LeafCondition['kind']> = Extract<LeafCondition, { readonly kind: kind }>

/** A condition about one device: which, and its path in the rule. */
export interface Spot {
  readonly device: string
  readonly path: string
}

const nothing = Number.NaN
/**
 * A device that reports regularly measures again just when its oldest value leaves the window: that reading is under way
 * still, and without it the condition would end and begin again with each report. So it is waited for so long, ms.
 */
const underWayMs = 120_000

export function threshold(condition: Of<'threshold'>, { device, path }: Spot, shop: Workshop): Compiled {
  const history = shop.history(device, condition.metric, { ms: 0, rows: 1 })
  const place = shop.place(`${path}/on`, 'one')
  const limit = limitOf(condition)
  const value = condition.datum === true ? levelled(history, shop) : (t: number) => history.valueAt(t)
  return {
    holds: (state, { t }) => (state[place] = limit(value(t), state[place] ?? nothing)),
    readings: t =>
      crossing(history, t, condition).map(one => (condition.datum === true ? { ...one, value: value(t) } : one))
  }
}

/** Above the station's datum: what people read off a staff is so already. */
function levelled(history: SeriesHistory, shop: Workshop): (t: number) => number {
  const offset = shop.device(history.device)?.mounting?.datumOffset ?? nothing
  return t => {
    const row = history.indexAt(t)
    const value = history.values[row] ?? nothing
    return ((history.qualities[row] ?? 0) & qualityBits.manual) === 0 ? Math.round((value + offset) * 1e6) / 1e6 : value
  }
}

export function change(condition: Of<'change'>, { device, path }: Spot, shop: Workshop): Compiled {
  const overMs = condition.overS * 1000
  const history = shop.history(device, condition.metric, { ms: overMs, rows: 1 })
  const place = shop.place(`${path}/on`, 'one')
  const limit = limitOf(condition)
  const holds = (state: number[], moment: Moment) => {
    const { t } = moment
    // Without a reading in between, what stood then becomes another one.
    wake(moment, history.after(t - overMs) + overMs + underWayMs)
    const changed = history.valueAt(t) - history.valueAt(t - overMs)
    return (state[place] = limit(changed, state[place] ?? nothing))
  }
  return { holds, readings: t => [...crossing(history, t, condition), ...crossing(history, t - overMs)] }
}

export function window(condition: Of<'window'>, { device, path }: Spot, shop: Workshop): Compiled {
  const overMs = condition.overS * 1000
  const history = shop.history(device, condition.metric, { ms: overMs, rows: 1 })
  const place = shop.place(`${path}/on`, 'one')
  const limit = limitOf(condition)
  const { fn } = condition
  const holds = (state: number[], moment: Moment) => {
    const { t } = moment
    wake(moment, history.after(t - overMs) + overMs + underWayMs)
    return (state[place] = limit(summary(history, fn, t - overMs, t), state[place] ?? nothing))
  }
  return { holds, readings: t => crossing(history, t, condition) }
}

/** Of the rows after `from` up to `to`, the newest first: the same rows give the same number whatever came when. */
function summary(history: SeriesHistory, fn: Of<'window'>['fn'], from: number, to: number): number {
  const { times, values } = history
  const newest = history.indexAt(to)
  let [sum, count, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = newest; i >= 0; i--) {
    if ((times[i] ?? 0) <= from) break
    const value = values[i] ?? nothing
    if (Number.isNaN(value)) continue
    sum += value
    count++
    if (value < min) min = value
    if (value > max) max = value
  }
  if (fn === 'count') return count
  // A gauge that reports only when it tips says nothing in dry weather: then it is 0.
  if (fn === 'sum') return newest < 0 ? nothing : sum
  if (count === 0) return nothing
  return fn === 'mean' ? sum / count : fn === 'min' ? min : max
}

export function several(condition: Of<'several'>, { device, path }: Spot, shop: Workshop): Compiled {
  const { n, m, op, value: limit } = condition
  const history = shop.history(device, condition.metric, { ms: 0, rows: m + 1 })
  const place = shop.place(`${path}/on`, 'one')
  const isBeyond = beyond(op)
  const holds = (state: number[], { t }: Moment) => {
    let [found, looked] = [0, 0]
    for (let i = history.indexAt(t); i >= 0 && looked < m; i--) {
      const value = history.values[i] ?? nothing
      if (Number.isNaN(value)) continue
      looked++
      if (isBeyond(value, limit)) found++
    }
    return looked === 0 ? (state[place] ?? nothing) : (state[place] = Number(found >= n))
  }
  return { holds, readings: t => crossing(history, t, condition) }
}

export function stuck(condition: Of<'stuck'>, { device, path }: Spot, shop: Workshop): Compiled {
  const forMs = condition.forS * 1000
  const history = shop.history(device, condition.metric, { ms: forMs, rows: 1 })
  const value = shop.place(`${path}/value`, 'nothing')
  const since = shop.place(`${path}/since`, 'long-ago')
  const holds = (state: number[], { t }: Moment) => {
    const row = history.indexAt(t)
    const now = history.values[row] ?? nothing
    if (Number.isNaN(now)) return nothing
    if (state[value] !== now) {
      state[since] = Number.isNaN(state[value]) ? beganAt(history, row) : (history.times[row] ?? t)
      state[value] = now
    }
    return Number((history.times[row] ?? t) - (state[since] ?? t) >= forMs)
  }
  return { holds, readings: t => crossing(history, t) }
}

/** Since when the row's value has been the same, as far as is known. */
function beganAt({ values, times }: SeriesHistory, row: number): number {
  let first = row
  for (let i = row; i >= 0; i--) {
    const value = values[i] ?? nothing
    if (Number.isNaN(value)) continue
    if (value !== values[row]) break
    first = i
  }
  return times[first] ?? 0
}

/** Asks to be judged again at a moment. */
export function wake(moment: Moment, at: number): void {
  if (at < moment.next && at > moment.t) moment.next = at
}
