import type { Rule, RuleLevel } from '../../model/rule.ts'
import { backText, conditionText } from './condition-text.ts'
import type { Reader, SentenceNames } from './condition-text.ts'
import type { Language } from './quantity-text.ts'
import { english } from './words-en.ts'
import { vietnamese } from './words-vi.ts'

/** A rule as people read it. */
export interface RuleSentence {
  /** What it watches: "Xét riêng từng thiết bị tại Nam Đàn." */
  readonly about: string
  /** One sentence a level: "Khi mực nước từ 5,40 m trở lên suốt 10 phút: Báo động I (thấp); hết khi xuống dưới 5,30 m." */
  readonly levels: readonly string[]
}

/**
 * Reads a rule as sentences. Pure: of the rule and the names alone, in the browser too.
 *
 * @param names - what metrics, devices and sites are called; ids stand where something has no name.
 */
export function sentenceOf(
  rule: Pick<Rule, 'scope' | 'per' | 'levels'>,
  names: SentenceNames,
  language: Language
): RuleSentence {
  const reader = { language, words: language === 'vi' ? vietnamese : english, names }
  const place = placeText(rule.scope, reader)
  return { about: aboutText(rule, reader), levels: rule.levels.map(level => levelText(level, place, reader)) }
}

function levelText({ name, severity, when }: RuleLevel, place: string, reader: Reader): string {
  const { words, language } = reader
  return words.level(
    place,
    conditionText(when, reader),
    (language === 'en' ? name.en : undefined) ?? name.vi,
    words.severity[severity],
    endText(when, reader)
  )
}

function endText(when: RuleLevel['when'], reader: Reader): string {
  const { words } = reader
  if (when.kind === 'expression' && when.clear !== undefined) return words.overWhenFalse(when.clear)
  const back = backText(when, reader)
  return back === undefined ? words.overWhenNot : words.over(back)
}

/** Where one place is all there is, each sentence names it. */
function placeText({ sites, devices }: Rule['scope'], { words, names }: Reader): string {
  const [site, device] = [onlyOne(sites), onlyOne(devices)]
  if (device !== undefined) return words.atDevice(names.device?.(device) ?? device)
  return site !== undefined ? words.atSite(names.site?.(site) ?? site) : ''
}

function onlyOne(list: readonly string[] | undefined): string | undefined {
  return list?.length === 1 ? list[0] : undefined
}

function aboutText({ scope, per }: Pick<Rule, 'scope' | 'per'>, { words, names }: Reader): string {
  const called = (list: readonly string[], name?: (id: string) => string | undefined) =>
    list.map(id => name?.(id) ?? id).join(', ')
  const parts: string[] = []
  if (scope.sites) parts.push(words.sites(called(scope.sites, names.site)))
  if (scope.devices) parts.push(words.devices(called(scope.devices, names.device)))
  if (scope.profiles) parts.push(words.profiles(called(scope.profiles, names.profile)))
  if (scope.tags) parts.push(words.tags(called(scope.tags)))
  return words.about[per](parts)
}
