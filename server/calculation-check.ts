import type { Calculation } from '../model/calculation.ts'
import { builtInMetric, calculation, metricGivenBy } from '../model/calculation.ts'
import { SenError } from '../model/errors.ts'
import { metricCatalogue } from '../model/metric.ts'
import type { Metric } from '../model/metric.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { cycleAmong } from '../rules/metrics/calculation-cycles.ts'
import { formulaOf } from '../rules/metrics/formulas/formula-of.ts'

/** So many calculations there may be: each costs something with each reading that it is made of. */
export const mostCalculations = 2000

export interface CalculationCheckProps {
  readonly registry: Pick<RegistrySnapshot, 'sites' | 'devices' | 'calculations'>
  readonly profiles: ReadonlyMap<string, { readonly metrics: readonly Metric[] }>
  /** With every metric that profiles and calculations add. */
  readonly metricCatalogue: ReadonlyMap<string, Metric>
  /** Whether whoever saves it may see what it names; what it may not see does not exist for it. */
  readonly seesSite: (id: string) => boolean
  readonly seesDevice: (id: string) => boolean
}

/**
 * @param value - what somebody says a calculation shall be.
 * @throws SenError `SEN_INPUT_INVALID` with the place that is wrong.
 */
export function calculationOf(value: unknown): Calculation {
  const parsed = calculation.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue?.path.map(String).join('.') ?? ''
  throw new SenError('SEN_INPUT_INVALID', `read calculation: ${place === '' ? '' : `${place}: `}${issue?.message}`)
}

/**
 * Says no to a calculation that could never be made, or would put its values where others belong.
 *
 * @throws SenError `SEN_NOT_FOUND` for a site, device or profile that is not there; `SEN_RULE_INVALID` for an expression that
 *   cannot be read; `SEN_INPUT_INVALID` for a metric that it may not give, or a way round on which it would feed on itself;
 *   `SEN_CONFLICT` for one too many.
 */
export function checkCalculation(one: Calculation, props: CalculationCheckProps): void {
  const { registry, profiles, metricCatalogue: known, seesSite, seesDevice } = props
  if (!registry.calculations.has(one.id) && registry.calculations.size >= mostCalculations)
    throw new SenError('SEN_CONFLICT', `add calculation ${one.id}: there are ${mostCalculations} already`)
  const { sites = [], devices = [], profiles: kinds = [] } = one.scope
  refuseUnknown('site', sites, id => registry.sites.has(id) && seesSite(id))
  refuseUnknown('device', devices, id => registry.devices.has(id) && seesDevice(id))
  refuseUnknown('profile', kinds, id => profiles.has(id))
  formulaOf(one.formula, name => known.get(name)?.kind)
  checkMetric(one, props)
  const others = [...registry.calculations.values()].filter(({ id }) => id !== one.id)
  const round = cycleAmong([...others, one])
  if (round) throw invalid(one, `it would feed on itself: ${round.join(' ← ')}`)
}

/** What devices measure is theirs alone; a metric of one's own is the same thing wherever it is given. */
function checkMetric(one: Calculation, { profiles, registry }: CalculationCheckProps): void {
  const { metric: own, formula } = one
  const builtIn = metricCatalogue.get(builtInMetric(formula) ?? '')
  if (!own) {
    if (!builtIn) throw invalid(one, 'an expression needs a "metric" of its own')
    return
  }
  if (builtIn && own.unit !== builtIn.unit)
    throw invalid(one, `${builtIn.name} is in "${builtIn.unit}", so metric.unit must be too`)
  if (own.min !== undefined && own.max !== undefined && own.min > own.max)
    throw invalid(one, 'metric.min must not be above metric.max')
  const isMeasured = [...profiles.values()].some(({ metrics }) => metrics.some(({ name }) => name === own.name))
  if (metricCatalogue.has(own.name) || isMeasured)
    throw invalid(one, `metric ${own.name} is one that devices measure or Sen calculates; choose another name`)
  for (const other of registry.calculations.values()) {
    if (other.id === one.id || other.metric?.name !== own.name) continue
    if (metricGivenBy(other)?.unit !== own.unit)
      throw invalid(one, `metric ${own.name} is in "${other.metric.unit}" by calculation ${other.id}`)
  }
}

function refuseUnknown(kind: string, ids: readonly string[], isKnown: (id: string) => boolean): void {
  const unknown = ids.find(id => !isKnown(id))
  if (unknown !== undefined) throw new SenError('SEN_NOT_FOUND', `find ${kind} ${unknown}: there is none`)
}

function invalid({ id }: Calculation, cause: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `save calculation ${id}: ${cause}`)
}
