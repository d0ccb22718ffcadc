import type { RuleCase } from './case.ts'

type Value = number | boolean | string

/** One value that a device of a case reports. */
export interface CaseReading {
  readonly device: string
  readonly metric: string
  /** ms since the case begins. */
  readonly since: number
  readonly value: Value
  readonly isManual: boolean
}

/** @returns everything that the devices of a case report, in order of time. */
export function readingsOf({ series, devices }: RuleCase): readonly CaseReading[] {
  const first = Object.keys(devices)[0] ?? 'device'
  const all = series.flatMap(({ device = first, metric, manual = false, ...one }) =>
    samplesOf(one).map(([since, value]) => ({ device, metric, since, value, isManual: manual }))
  )
  return all.sort((a, b) => a.since - b.since)
}

type Shape = Pick<RuleCase['series'][number], 'every' | 'from' | 'values' | 'ramp' | 'silence' | 'decimals'>

function samplesOf(shape: Shape): readonly (readonly [since: number, value: Value])[] {
  const { every, from, silence } = shape
  const samples = shape.values
    ? shape.values.map((value, i) => [from + i * every, value] as const)
    : rampOf(shape.ramp ?? [], shape)
  return samples.filter(([since]) => !silence.some(([begin, end]) => since >= begin && since < end))
}

function rampOf(points: readonly (readonly [number, number])[], { every, from, decimals }: Shape) {
  const begin = from + (points[0]?.[0] ?? 0)
  const end = from + (points.at(-1)?.[0] ?? 0)
  const count = Math.floor((end - begin) / every) + 1
  return Array.from({ length: count }, (_, i) => {
    const since = begin + i * every
    return [since, Number(valueAt(points, since - from).toFixed(decimals))] as const
  })
}

/** On the straight line between the points around `since`. */
function valueAt(points: readonly (readonly [number, number])[], since: number): number {
  const next = points.findIndex(([at]) => at >= since)
  const [t1, v1] = points[next] ?? points.at(-1) ?? [0, 0]
  const [t0, v0] = points[next - 1] ?? [t1, v1]
  return t1 === t0 ? v1 : v0 + ((v1 - v0) * (since - t0)) / (t1 - t0)
}
