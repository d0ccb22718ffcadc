import { metricGivenBy } from '../../model/calculation.ts'
import type { Calculation } from '../../model/calculation.ts'
import { formulaOf } from './formulas/formula-of.ts'

/**
 * Looks for a calculation that would feed on itself, over others too. Whose devices they are made for does not matter: a
 * scope changes more easily than anybody thinks of this.
 *
 * @param calculations - as they would stand; what cannot be read feeds on nothing.
 * @returns the metrics on the way round, `["a", "b", "a"]`; `undefined` if there is none.
 */
export function cycleAmong(calculations: Iterable<Calculation>): readonly string[] | undefined {
  const feeds = new Map<string, Set<string>>()
  for (const one of calculations) {
    const metric = metricGivenBy(one)?.name
    if (metric === undefined) continue
    const inputs = feeds.get(metric) ?? new Set()
    feeds.set(metric, inputs)
    for (const input of inputsOf(one)) inputs.add(input)
  }
  const done = new Set<string>()
  for (const metric of feeds.keys()) {
    const found = wayRound(metric, { feeds, done, way: [] })
    if (found) return found
  }
  return undefined
}

function inputsOf({ formula }: Calculation): readonly string[] {
  try {
    const { needs, uses } = formulaOf(formula)
    return [...needs, ...uses]
  } catch {
    return []
  }
}

interface Search {
  readonly feeds: ReadonlyMap<string, ReadonlySet<string>>
  readonly done: Set<string>
  readonly way: readonly string[]
}

function wayRound(metric: string, { feeds, done, way }: Search): readonly string[] | undefined {
  const from = way.indexOf(metric)
  if (from >= 0) return [...way.slice(from), metric]
  if (done.has(metric)) return undefined
  for (const input of feeds.get(metric) ?? []) {
    const found = wayRound(input, { feeds, done, way: [...way, metric] })
    if (found) return found
  }
  done.add(metric)
  return undefined
}
