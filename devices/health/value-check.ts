import type { Metric } from '../../model/metric.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A series is watched for so long before anything of it is doubted. */
const learning = { ms: 2 * dayMs, values: 60, changes: 20 }
/**
 * A value counts as stuck after this long without any change, at least, and after so many messages; and after three times
 * the longest rest that the series has shown before.
 */
const stuck = { ms: 6 * hourMs, values: 12, times: 3 }
/**
 * A single value is a spike if it leaves its neighbours on both sides by so many usual steps, and by more than half again the highest
 * single peak that the series has shown before.
 */
const spike = { steps: 7, times: 1.6 }
/** So many spikes in a day make a sensor doubtful; so long without any it is believed again. */
const spiking = { count: 2, withinMs: dayMs, calmMs: 2 * dayMs }
/** A step is learnt with this weight, a few days of values. */
const weight = 1 / 128
/** What was the longest or the highest is forgotten by half in about two months of messages every 20 minutes. */
const forget = 0.9998

/** As it is kept. Times are event times, ms. */
export interface ValueCheckState {
  n: number
  since: number
  last: number
  lastAt: number
  /** The value before. */
  before: number
  /** Since when it has had this value, and for how many messages. */
  runSince: number
  run: number
  longestRunMs: number
  changes: number
  /** The usual step between two values. */
  step: number
  /** The highest single peak that was not taken for a spike. */
  peak: number
  spikes: number[]
  isStuck: boolean
  isSpiking: boolean
}

/** What changed with a value. */
export interface ValueVerdict {
  readonly stuck: boolean
  readonly spiking: boolean
  /** Since when it has been so. */
  readonly stuckSince: number
  readonly spikingSince: number
}

/** Metrics that describe the message's way and not what the device measures. */
const ofTheRadio: ReadonlySet<string> = new Set(['rssi', 'snr', 'link_margin', 'downlink_margin'])

/**
 * Whether values of the metric can be checked for what a broken sensor does. A counter, a total and a position may rest for
 * weeks, and leap; so may what is true or false, and a wind's direction.
 */
export function isChecked({ name, kind, aggregate }: Metric): boolean {
  return kind === 'number' && aggregate === 'mean' && !ofTheRadio.has(name)
}

export function newValueCheck(value: number, at: number): ValueCheckState {
  return {
    ...{ n: 1, since: at, last: value, lastAt: at, before: value, runSince: at, run: 1, longestRunMs: 0, changes: 0 },
    ...{ step: 0, peak: 0, spikes: [], isStuck: false, isSpiking: false }
  }
}

/**
 * Takes the next value of a series; those that come late are left out by the caller. Changes `state`.
 *
 * Bounded work and memory a value, no allocation: it runs for each reading of a province.
 */
export function checkValue(state: ValueCheckState, value: number, at: number, { min = 0, max = 0 }: Metric): void {
  state.n++
  const isLearnt = at - state.since >= learning.ms && state.n >= learning.values && state.changes >= learning.changes
  if (value === state.last) rested(state, at, isLearnt && value !== 0 && value !== min && value !== max)
  else changed(state, value, at, isLearnt)
  while ((state.spikes[0] ?? at) < at - spiking.withinMs && state.spikes.length > 1) state.spikes.shift()
  const newest = state.spikes.at(-1) ?? 0
  if (state.spikes.length >= spiking.count) state.isSpiking = true
  else if (at - newest > spiking.calmMs) state.isSpiking = false
  state.lastAt = at
}

/** A value beyond all that is plausible, of which the caller takes the one before and after for its neighbours. */
export function implausibleValue(state: ValueCheckState, at: number): void {
  // One that is always beyond is not a spike, and marked by itself.
  if (state.lastAt < (state.spikes.at(-1) ?? 0)) return
  spikeAt(state, at)
  if (state.spikes.length >= spiking.count) state.isSpiking = true
}

/** The value stays. Rain gauges rest at 0, hygrometers at 100: the ends of a scale are places to rest at. */
function rested(state: ValueCheckState, at: number, mayBeStuck: boolean): void {
  state.run++
  state.before = state.last
  const restMs = at - state.runSince
  if (!mayBeStuck || state.run < stuck.values || restMs < stuck.ms) return
  if (restMs >= stuck.times * state.longestRunMs) state.isStuck = true
}

function changed(state: ValueCheckState, value: number, at: number, isLearnt: boolean): void {
  const { last, before } = state
  const [there, back] = [Math.abs(last - before), Math.abs(value - last)]
  const isPeak = state.run === 1 && last - before > 0 !== value - last > 0 && before !== last
  const height = isPeak && Math.abs(value - before) < Math.min(there, back) / 2 ? Math.min(there, back) : 0
  if (height > 0 && isLearnt && height > spike.steps * state.step && height > spike.times * state.peak) {
    spikeAt(state, state.lastAt)
  } else {
    state.peak = Math.max(state.peak * forget, height)
    learnStep(state, there)
  }
  if (!state.isStuck) state.longestRunMs = Math.max(state.longestRunMs * forget, state.lastAt - state.runSince)
  state.isStuck = false
  state.changes = Math.min(state.changes + 1, learning.changes)
  state.before = last
  state.last = value
  state.runSince = at
  state.run = 1
}

function spikeAt(state: ValueCheckState, at: number): void {
  state.spikes.push(at)
  if (state.spikes.length > 2 * spiking.count) state.spikes.shift()
}

function learnStep(state: ValueCheckState, step: number): void {
  const share = Math.max(weight, 1 / state.n)
  const bounded = state.n > 20 ? Math.min(step, 5 * state.step + Number.MIN_VALUE) : step
  // What has never moved begins with what it does first.
  state.step += share * ((state.step === 0 ? step : bounded) - state.step)
}
