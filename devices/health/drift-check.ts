/** Fewer neighbours cannot say who of them is wrong. */
export const fewestPeers = 4

/** Hours that a series is compared before it is doubted, and of its memory for what is usual. */
const learningHours = 72
const memoryHours = 14 * 24
/** The latest hours, averaged with this weight: about six. */
const weight = 0.3
/** Displaced by so many usual deviations, for so many hours, and by half more than it has ever come back from. */
const drifting = { deviations: 5, hours: 3, times: 1.3 }
/** It is believed again once it is so near. */
const backWithin = 2
/** A displacement of this many deviations within an hour is a step (irrigation, a sensor moved), not drift. */
const stepDeviations = 5
/** After so many hours off its place that place is its new one: somebody has moved it. */
const settledHours = 14 * 24

/** As it is kept. Values are differences from the neighbours' median, in the metric's unit. */
export interface DriftState {
  hours: number
  base: number
  deviation: number
  recent: number
  last: number
  /** The farthest that it has been and come back from. */
  wander: number
  /** The farthest since it was last in its place. */
  away: number
  offHours: number
  isDrifting: boolean
}

export function newDrift(): DriftState {
  return { hours: 0, base: 0, deviation: 0, recent: 0, last: 0, wander: 0, away: 0, offHours: 0, isDrifting: false }
}

/**
 * Takes an hour of a series: its mean less the median of its neighbours' means. What all of them do (weather, the day) is
 * thereby gone; what is left is the place, which is learnt, and the sensor, which should not wander. Changes `state`.
 *
 * @param step - how much the value usually changes from one message to the next: no two sensors agree better than that.
 */
export function compareHour(state: DriftState, difference: number, step: number): void {
  state.hours++
  if (state.hours === 1) {
    Object.assign(state, { base: difference, recent: difference, last: difference })
    return
  }
  const usual = Math.max(step, state.deviation)
  const leap = difference - state.last
  state.last = difference
  // Its place has changed, not its way of measuring.
  if (state.hours > learningHours && Math.abs(leap) > stepDeviations * usual) {
    state.base += leap
    state.recent += leap
  }
  state.recent += weight * (difference - state.recent)
  const away = Math.abs(state.recent - state.base)
  const isOff = away > drifting.deviations * usual && away > drifting.times * state.wander
  state.offHours = state.hours > learningHours && isOff ? state.offHours + 1 : 0
  if (state.offHours >= drifting.hours) state.isDrifting = true
  if (state.offHours > settledHours)
    Object.assign(state, { ...newDrift(), hours: 1, base: difference, recent: difference })
  if (away < backWithin * usual) state.isDrifting = false
  learn(state, difference, away, usual)
}

function learn(state: DriftState, difference: number, away: number, usual: number): void {
  if (away > state.away) state.away = away
  if (away < state.away / 2) {
    if (!state.isDrifting && state.hours > learningHours / 2) state.wander = Math.max(state.wander * 0.98, state.away)
    state.away = away
  }
  // What is far off already must not become what is usual.
  if (state.hours > learningHours && away > 0.6 * drifting.deviations * usual) return
  const share = Math.max(1 / memoryHours, 1 / state.hours)
  const off = difference - state.base
  const bounded = state.hours > 24 ? Math.max(-3 * usual, Math.min(3 * usual, off)) : off
  state.base += share * bounded
  state.deviation += share * (Math.abs(bounded) - state.deviation)
}

/** @returns the middle of the values; of an even number the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
