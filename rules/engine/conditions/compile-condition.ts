import type { Condition, LeafCondition } from '../../../model/rule.ts'
import type { Compiled, Holds, Where, Workshop } from './compiled.ts'
import { expression, isReadable } from './of-expression.ts'
import { deviation, geofence } from './of-places.ts'
import { absence, lasting, schedule } from './of-times.ts'
import { change, several, stuck, threshold, window } from './of-values.ts'
import type { Spot } from './of-values.ts'

/** Readings that are kept of one condition as evidence. */
const mostReadings = 20

/**
 * Makes a condition ready for the devices that it is about: one, or those of a site. Then a condition that is not within
 * `agree` holds if it holds for any of them.
 *
 * @returns `undefined` of `health`, which is not found in readings, and of an expression that cannot be read (another
 *   version of Sen may have kept it): one rule must not stop the others.
 */
export function compileCondition(condition: Condition, where: Where, shop: Workshop): Compiled | undefined {
  const inner = (of: Condition, part: number | string) =>
    compileCondition(of, { ...where, path: `${where.path}.${part}` }, shop)
  switch (condition.kind) {
    case 'all':
      return joined(condition.of.map(inner), all)
    case 'any':
      return joined(condition.of.map(inner), any)
    case 'not': {
      const of = inner(condition.of, 'not')
      return of && { ...of, holds: (state, moment) => 1 - of.holds(state, moment) }
    }
    case 'lasting': {
      const of = inner(condition.of, 'lasting')
      const place = shop.place(`${where.path}/since`, 'long-ago')
      return of && { ...of, holds: lasting(of, { forMs: condition.forS * 1000, place }) }
    }
    case 'agree': {
      const each = where.devices.map(device =>
        compileCondition(condition.of, { path: `${where.path}@${device}`, devices: [device] }, shop)
      )
      return joined(each, parts => atLeast(condition.atLeast, parts))
    }
    case 'health':
      return undefined
    case 'expression':
      return isReadable(condition) ? ofDevices(condition, where, shop) : undefined
    default:
      return ofDevices(condition, where, shop)
  }
}

function ofDevices(
  condition: Exclude<LeafCondition, { kind: 'health' }>,
  where: Where,
  shop: Workshop
): Compiled | undefined {
  if (condition.kind === 'schedule') return schedule(condition)
  const named = 'device' in condition ? condition.device : undefined
  if (named !== undefined) return leaf(condition, { device: named, path: where.path }, shop)
  const [only, second] = where.devices
  if (only !== undefined && second === undefined)
    return leaf(condition, { device: only, path: `${where.path}@${only}` }, shop)
  const each = where.devices.map(device => leaf(condition, { device, path: `${where.path}@${device}` }, shop))
  return joined(each, parts => atLeast(1, parts))
}

function leaf(
  condition: Exclude<LeafCondition, { kind: 'health' | 'schedule' }>,
  spot: Spot,
  shop: Workshop
): Compiled {
  switch (condition.kind) {
    case 'threshold':
      return threshold(condition, spot, shop)
    case 'change':
      return change(condition, spot, shop)
    case 'window':
      return window(condition, spot, shop)
    case 'several':
      return several(condition, spot, shop)
    case 'absence':
      return absence(condition, spot, shop)
    case 'stuck':
      return stuck(condition, spot, shop)
    case 'deviation':
      return deviation(condition, spot, shop)
    case 'geofence':
      return geofence(condition, spot, shop)
    case 'expression':
      return expression(condition, spot, shop)
    default:
      return condition satisfies never
  }
}

function joined(
  parts: readonly (Compiled | undefined)[],
  join: (parts: readonly Holds[]) => Holds
): Compiled | undefined {
  const ready = parts.filter(part => part !== undefined)
  const [only] = ready
  if (only === undefined || ready.length < parts.length) return undefined
  const readings = (t: number) => ready.flatMap(part => part.readings(t)).slice(0, mostReadings)
  return { holds: join(ready.map(part => part.holds)), readings }
}

// Every part is judged every time: each remembers what it must.

function all(parts: readonly Holds[]): Holds {
  return (state, moment) => {
    let outcome = 1
    for (const holds of parts) {
      const is = holds(state, moment)
      if (is === 0 || outcome === 0) outcome = 0
      else if (Number.isNaN(is)) outcome = is
    }
    return outcome
  }
}

function any(parts: readonly Holds[]): Holds {
  return (state, moment) => {
    let outcome = 0
    for (const holds of parts) {
      const is = holds(state, moment)
      if (is === 1 || outcome === 1) outcome = 1
      else if (Number.isNaN(is)) outcome = is
    }
    return outcome
  }
}

function atLeast(least: number, parts: readonly Holds[]): Holds {
  return (state, moment) => {
    let [holding, saying] = [0, 0]
    for (const holds of parts) {
      const is = holds(state, moment)
      if (is === 1) holding++
      if (!Number.isNaN(is)) saying++
    }
    return holding >= least ? 1 : saying === 0 ? Number.NaN : 0
  }
}
