import { SenError } from '../model/errors.ts'
import type { Metric } from '../model/metric.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { severities } from '../model/rule.ts'
import type { Condition, LeafCondition, Rule } from '../model/rule.ts'
import { compileExpression } from '../rules/expressions/compile-expression.ts'

/** So many rules there may be: each costs something with each reading that it watches. */
export const mostRules = 2000

export interface RuleCheckProps {
  readonly registry: Pick<RegistrySnapshot, 'sites' | 'devices' | 'rules'>
  readonly profiles: ReadonlyMap<string, unknown>
  readonly metricCatalogue: ReadonlyMap<string, Metric>
  /** Whether whoever saves the rule may see what it names; what it may not see does not exist for it. */
  readonly seesSite: (id: string) => boolean
  readonly seesDevice: (id: string) => boolean
}

/**
 * Says no to a rule that could never mean what it says.
 *
 * @throws SenError `SEN_NOT_FOUND` for a site, device or profile that is not there; `SEN_INPUT_INVALID` for what contradicts
 *   itself, or a metric that nobody measures; `SEN_RULE_INVALID` for an expression that is not understood; `SEN_CONFLICT` for
 *   one rule too many.
 */
export function checkRule(rule: Rule, props: RuleCheckProps): void {
  const { registry, profiles, seesSite, seesDevice } = props
  if (!registry.rules.has(rule.id) && registry.rules.size >= mostRules)
    throw new SenError('SEN_CONFLICT', `add rule ${rule.id}: there are ${mostRules} rules already`)
  const { sites = [], devices = [], profiles: kinds = [] } = rule.scope
  refuseUnknown('site', sites, id => registry.sites.has(id) && seesSite(id))
  refuseUnknown('device', devices, id => registry.devices.has(id) && seesDevice(id))
  refuseUnknown('profile', kinds, id => profiles.has(id))
  checkSeverities(rule)
  for (const { when } of rule.levels) {
    const leaves = [...leavesOf(when)]
    checkAlone(rule, when, leaves)
    if (rule.per !== 'site' && [...conditionsOf(when)].some(({ kind }) => kind === 'agree'))
      throw invalid(rule, '"agree" counts the devices of a site: it needs "per": "site"')
    for (const leaf of leaves) checkLeaf(rule, leaf, props)
  }
}

/** Every condition of a condition, itself included. */
export function* conditionsOf(condition: Condition): Generator<Condition> {
  yield condition
  if (!('of' in condition)) return
  const inner: readonly Condition[] = 'kind' in condition.of ? [condition.of] : condition.of
  for (const one of inner) yield* conditionsOf(one)
}

function* leavesOf(condition: Condition): Generator<LeafCondition> {
  for (const one of conditionsOf(condition)) if (!('of' in one)) yield one
}

function checkSeverities({ id, levels }: Rule): void {
  const ranks = levels.map(({ severity }) => severities.indexOf(severity))
  const fallen = ranks.findIndex((rank, i) => i > 0 && rank < (ranks[i - 1] ?? 0))
  if (fallen > 0)
    throw invalid(
      { id },
      `level ${fallen + 1} is less severe than level ${fallen}; levels go from the least to the worst`
    )
}

/** Health finds out by itself: it cannot be combined, and there is no second level of it. */
function checkAlone(rule: Rule, when: Condition, leaves: readonly LeafCondition[]): void {
  if (!leaves.some(({ kind }) => kind === 'health')) return
  if ('of' in when) throw invalid(rule, '"health" stands alone in its level')
  if (rule.per !== 'device') throw invalid(rule, '"health" is about a device or gateway: it needs "per": "device"')
}

function checkLeaf(rule: Rule, leaf: LeafCondition, props: RuleCheckProps): void {
  const { registry, metricCatalogue, seesDevice } = props
  if ('device' in leaf && leaf.device !== undefined)
    refuseUnknown('device', [leaf.device], id => registry.devices.has(id) && seesDevice(id))
  if ('metric' in leaf && leaf.metric !== undefined && !metricCatalogue.has(leaf.metric))
    throw invalid(rule, `nothing measures ${leaf.metric}: it is not in the catalogue of metrics`)
  checkWayBack(rule, leaf)
  if (leaf.kind !== 'expression') return
  const kindOf = (metric: string) => metricCatalogue.get(metric)?.kind
  for (const text of [leaf.when, leaf.clear])
    if (text !== undefined) compileExpression(text, { result: 'boolean', kindOf })
}

/** The level for the way back lies on the side that is no alarm, or the alarm would end where it begins. */
function checkWayBack(rule: Rule, leaf: LeafCondition): void {
  if (leaf.kind !== 'threshold' && leaf.kind !== 'change' && leaf.kind !== 'window') return
  const { op, value, clear = value } = leaf
  if (op.startsWith('>') ? clear > value : op.startsWith('<') && clear < value)
    throw invalid(rule, `"clear" ${clear} lies beyond the limit ${op} ${value}`)
}

function refuseUnknown(kind: string, ids: readonly string[], isKnown: (id: string) => boolean): void {
  const unknown = ids.find(id => !isKnown(id))
  if (unknown !== undefined) throw new SenError('SEN_NOT_FOUND', `find ${kind} ${unknown}: there is none`)
}

function invalid({ id }: Pick<Rule, 'id'>, cause: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `save rule ${id}: ${cause}`)
}
