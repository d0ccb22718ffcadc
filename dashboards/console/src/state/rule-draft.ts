import type { Rule, RuleLevel, Severity } from '../../../../model/rule.ts'
import type { RuleInput } from '../api/rules.ts'
import { fold } from '../words/fold.ts'
import type { LanguageCode } from '../words/formats.ts'
import {
  conditionDraftOf,
  newLine,
  readCondition,
  type ConditionDraft,
  type ConditionFault
} from './condition-draft.ts'

/** A level as it stands in the form. */
export interface LevelDraft extends ConditionDraft {
  name: string
  nameEn: string
  severity: Severity
  advice: string
  adviceEn: string
}

/** A rule as it stands in the form: texts, which may not be right yet. */
export interface RuleDraft {
  id: string
  name: string
  nameEn: string
  organisation: string
  isEnabled: boolean
  sites: string[]
  devices: string[]
  profiles: string[]
  tags: string[]
  per: 'device' | 'site'
  levels: LevelDraft[]
  source: string
  pack: string | undefined
}

/** Where something is wrong: the level, and the line within it (-1: how long the whole must hold). */
export interface RuleFault {
  readonly level: number
  readonly line: number
  readonly fault: ConditionFault
}

export function newLevel(metric: string, name: string): LevelDraft {
  const condition = { match: 'all' as const, lines: [newLine(metric)], lastAmount: '', lastUnit: '60' }
  return { name, nameEn: '', severity: 'medium', advice: '', adviceEn: '', ...condition }
}

export function newRule(organisation: string, metric: string): RuleDraft {
  return {
    ...{ id: '', name: '', nameEn: '', organisation, isEnabled: true },
    ...{ sites: [], devices: [], profiles: [], tags: [], per: 'device', source: '', pack: undefined },
    levels: [newLevel(metric, '')]
  }
}

/** The form of a rule. `write`: a number as the person writes it. */
export function ruleDraftOf(rule: Rule, write: (value: number) => string): RuleDraft {
  const { scope } = rule
  return {
    ...{ id: rule.id, name: rule.name.vi, nameEn: rule.name.en ?? '', organisation: rule.organisation },
    ...{ isEnabled: rule.isEnabled, per: rule.per, source: rule.source ?? '', pack: rule.pack },
    ...{ sites: [...(scope.sites ?? [])], devices: [...(scope.devices ?? [])] },
    ...{ profiles: [...(scope.profiles ?? [])], tags: [...(scope.tags ?? [])] },
    levels: rule.levels.map(({ name, severity, advice, when }) => ({
      ...{ name: name.vi, nameEn: name.en ?? '', severity, advice: advice?.vi ?? '', adviceEn: advice?.en ?? '' },
      ...conditionDraftOf(when, write)
    }))
  }
}

/** @returns the levels that the form says, or the first thing that is wrong. */
export function readLevels(
  draft: Pick<RuleDraft, 'levels'>
): { readonly levels: readonly RuleLevel[]; readonly fault?: undefined } | { readonly fault: RuleFault } {
  const levels: RuleLevel[] = []
  for (const [level, one] of draft.levels.entries()) {
    const read = readCondition(one)
    if (read.fault !== undefined) return { fault: { level, line: read.line, fault: read.fault } }
    levels.push({
      name: namedOf(one.name, one.nameEn),
      severity: one.severity,
      when: read.condition,
      ...(one.advice.trim() !== '' && { advice: namedOf(one.advice, one.adviceEn) })
    })
  }
  return { levels }
}

/** What the form says the rule watches; lists that are empty narrow nothing. */
export function scopeOf({
  sites = [],
  devices = [],
  profiles = [],
  tags = []
}: Partial<Pick<RuleDraft, 'sites' | 'devices' | 'profiles' | 'tags'>>): Rule['scope'] {
  return Object.fromEntries(Object.entries({ sites, devices, profiles, tags }).filter(([, list]) => list.length > 0))
}

export function ruleInputOf(draft: RuleDraft, levels: readonly RuleLevel[]): RuleInput {
  return {
    ...{ id: draft.id.trim(), name: namedOf(draft.name, draft.nameEn), organisation: draft.organisation },
    ...{ isEnabled: draft.isEnabled, scope: scopeOf(draft), per: draft.per, levels: [...levels] },
    ...(draft.source.trim() !== '' && { source: draft.source.trim() }),
    ...(draft.pack !== undefined && { pack: draft.pack })
  }
}

/** @returns what the rule is called in that language; every rule has a Vietnamese name. */
export function nameOf({ name }: Pick<Rule, 'name'>, code: LanguageCode): string {
  return name[code] ?? name.vi
}

/** @returns an id made of the name: "Báo động lũ Nam Đàn" → "bao-dong-lu-nam-dan". */
export function idOf(name: string): string {
  return fold(name)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
}

function namedOf(vi: string, en: string) {
  return { vi: vi.trim(), ...(en.trim() !== '' && { en: en.trim() }) }
}
