import { SenError } from '../../model/errors.ts'
import { rule } from '../../model/rule.ts'
import type { Rule, RuleScope } from '../../model/rule.ts'
import { filled } from './fill-parameters.ts'
import type { ParameterValues } from './fill-parameters.ts'
import type { PackParameter, PackRule, RulePack } from './pack.ts'

/** A rule that nobody has put in place yet. */
export type RuleDraft = Omit<Rule, 'version' | 'author'>

/** What a pack's rules are made with. */
export interface PackUse {
  readonly organisation: string
  /** `undefined`: the rules are only looked at. */
  readonly scope: RuleScope | undefined
  /** By `key` for every rule that has it, by `rule.key` for one; left out: the pack's own value. */
  readonly parameters?: ParameterValues | undefined
  /** Ids of the rules to make; all where left out. */
  readonly rules?: readonly string[] | undefined
  /** Id of the rule that is made. */
  readonly idOf: (packRule: string) => string
}

/** A level that could not be made: no value of these parameters is verified, and nobody has given one. */
export interface OpenLevel {
  readonly rule: string
  /** 1 is the first of the pack's rule. */
  readonly level: number
  readonly parameters: readonly string[]
}

export interface RulesOfPack {
  readonly drafts: readonly RuleDraft[]
  readonly open: readonly OpenLevel[]
}

/**
 * Makes rules of a pack. Levels of which a value is not known are left out, and a rule of which none is left too: both are in
 * `open`.
 *
 * @throws SenError SEN_NOT_FOUND for a rule that the pack has not; SEN_INPUT_INVALID for a parameter that is unknown or out of
 *   its range, a scope that says too little, and what a rule must not be.
 */
export function rulesOf(pack: RulePack, use: PackUse): RulesOfPack {
  const chosen = use.rules?.map(id => ruleOf(pack, id)) ?? pack.rules
  refuseUnknown(pack, chosen, use.parameters ?? {})
  const made = chosen.map(one => draftOf(pack, one, use))
  return {
    drafts: made.flatMap(({ draft }) => (draft ? [draft] : [])),
    open: made.flatMap(({ open }) => open)
  }
}

/** @returns every parameter of one rule: the pack's and its own, which stand above them. */
export function parametersOf(pack: RulePack, one: PackRule): Readonly<Record<string, PackParameter>> {
  return { ...pack.parameters, ...one.parameters }
}

function ruleOf(pack: RulePack, id: string): PackRule {
  const found = pack.rules.find(one => one.id === id)
  if (!found) throw new SenError('SEN_NOT_FOUND', `find rule ${id} of pack ${pack.id}: there is none`)
  return found
}

function draftOf(pack: RulePack, one: PackRule, use: PackUse) {
  if (use.scope) refuseScope(pack, one, use.scope)
  const values = valuesOf(pack, one, use.parameters ?? {})
  const levels = one.levels.map(({ when, ...level }) => ({ ...level, found: filled(when, values) }))
  const open = levels.flatMap(({ found }, i) =>
    found.kind === 'open' ? [{ rule: one.id, level: i + 1, parameters: found.keys }] : []
  )
  const known = levels.flatMap(({ found, ...level }) =>
    found.kind === 'filled' ? [{ ...level, when: found.value }] : []
  )
  if (known.length === 0) return { draft: undefined, open }
  return { draft: checked(pack, one, use, known), open }
}

function checked(pack: RulePack, one: PackRule, use: PackUse, levels: readonly unknown[]): RuleDraft {
  const { organisation, scope = {} } = use
  const { name, per, source } = one
  const id = use.idOf(one.id)
  const parsed = rule.safeParse({
    ...{ id, name, organisation, version: 1, isEnabled: true, scope, per, levels },
    ...{ pack: `${pack.id}/${one.id}`, source }
  })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(pack, one, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a rule'}`)
  }
  const { version: _version, author: _author, ...draft } = parsed.data
  return draft
}

function valuesOf(pack: RulePack, one: PackRule, given: ParameterValues): ParameterValues {
  const known = Object.entries(parametersOf(pack, one))
  return Object.fromEntries(
    known.map(([key, parameter]) => {
      const value = given[`${one.id}.${key}`] ?? given[key] ?? parameter.value
      if (value !== null) refuseValue(pack, one, { key, parameter, value })
      return [key, value]
    })
  )
}

function refuseValue(
  pack: RulePack,
  one: PackRule,
  { key, parameter, value }: { readonly key: string; readonly parameter: PackParameter; readonly value: unknown }
): void {
  // Areas and times are checked where they stand, by the model.
  if (parameter.kind !== 'number') return
  const { min, max } = parameter
  if (typeof value !== 'number' || value < min || value > max)
    throw invalid(pack, one, `${key} is ${JSON.stringify(value)}, must be a number from ${min} to ${max}`)
}

function refuseUnknown(pack: RulePack, chosen: readonly PackRule[], given: ParameterValues): void {
  const known = new Set(
    chosen.flatMap(one => Object.keys(parametersOf(pack, one)).flatMap(key => [key, `${one.id}.${key}`]))
  )
  const unknown = Object.keys(given).find(key => !known.has(key))
  if (unknown !== undefined)
    throw new SenError('SEN_INPUT_INVALID', `use pack ${pack.id}: the rules chosen have no parameter ${unknown}`)
}

function refuseScope(pack: RulePack, one: PackRule, { sites, devices, profiles, tags }: RuleScope): void {
  const isNamed = sites !== undefined || devices !== undefined
  if (one.scope === 'named' && !isNamed)
    throw invalid(pack, one, 'scope must name sites or devices: the limits are those of one place')
  if (one.scope === 'narrowed' && !isNamed && profiles === undefined && tags === undefined)
    throw invalid(pack, one, 'scope must name sites, devices, profiles or tags: its metrics are measured elsewhere too')
}

function invalid(pack: RulePack, one: PackRule, problem: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `use rule ${pack.id}/${one.id}: ${problem}`)
}
