import type { Condition, LeafCondition, Operator } from '../../model/rule.ts'
import { durationText, numberText, quantityText } from './quantity-text.ts'
import type { Language } from './quantity-text.ts'
import type { SentenceWords } from './words.ts'

/** What a metric is called and measured in; an entry of the metric catalogue will do. */
export interface SentenceMetric {
  readonly vi: string
  readonly en: string
  /** UCUM code. */
  readonly unit: string
  readonly kind?: 'number' | 'boolean' | 'text'
}

/** How things are called, for those that have a name. */
export interface SentenceNames {
  readonly metric: (name: string) => SentenceMetric | undefined
  readonly device?: (id: string) => string | undefined
  readonly site?: (id: string) => string | undefined
  readonly profile?: (id: string) => string | undefined
}

/** In which words, and with what names. */
export interface Reader {
  readonly language: Language
  readonly words: SentenceWords
  readonly names: SentenceNames
}

type Leaf<K extends LeafCondition['kind']> = Extract<LeafCondition, { readonly kind: K }>
type Limited = Leaf<'threshold' | 'change' | 'window'>

/** What must hold, as part of a sentence: "mực nước từ 5,40 m trở lên suốt 10 phút". */
export function conditionText(condition: Condition, reader: Reader): string {
  return textOf(condition, reader, true)
}

/**
 * What ends the condition, for one that hangs on a single limit; `undefined` for one that does not.
 *
 * @returns "xuống dưới 5,30 m".
 */
export function backText(condition: Condition, reader: Reader): string | undefined {
  switch (condition.kind) {
    case 'lasting':
      return backText(condition.of, reader)
    case 'threshold':
    case 'window':
      return isClaim(condition, reader) ? undefined : wayBack(condition, reader)
    case 'change':
      return condition.clear === undefined ? undefined : wayBack(condition, reader)
    default:
      return undefined
  }
}

function textOf(condition: Condition, reader: Reader, isAlone: boolean): string {
  const { words, language } = reader
  switch (condition.kind) {
    case 'all':
      return listed(condition.of, words.and, reader)
    case 'any':
      return listed(condition.of, words.or, reader)
    case 'not':
      return words.not(inBrackets(condition.of, reader))
    case 'lasting':
      return words.lasting(textIn(condition.of, reader, isAlone), durationText(condition.forS, language))
    case 'agree':
      return words.agree(numberText(condition.atLeast, language), textIn(condition.of, reader, false))
    default:
      return leafText(condition, reader) + (isAlone ? '' : innerBack(condition, reader))
  }
}

/** Parts that are lists themselves stand in brackets, so that nobody has to know what binds closer. */
function listed(parts: readonly Condition[], joint: string, reader: Reader): string {
  if (parts.length === 1 && parts[0]) return textOf(parts[0], reader, false)
  return parts.map(part => inBrackets(part, reader)).join(joint)
}

function inBrackets(condition: Condition, reader: Reader): string {
  const isList = (condition.kind === 'all' || condition.kind === 'any') && condition.of.length > 1
  const text = textOf(condition, reader, false)
  return isList ? `(${text})` : text
}

function textIn(condition: Condition, reader: Reader, isAlone: boolean): string {
  return condition.kind === 'all' || condition.kind === 'any'
    ? inBrackets(condition, reader)
    : textOf(condition, reader, isAlone)
}

function leafText(condition: LeafCondition, reader: Reader): string {
  const { words, language } = reader
  switch (condition.kind) {
    case 'threshold':
      return thresholdText(condition, reader)
    case 'change':
      return changeText(condition, reader)
    case 'window': {
      const subject = words.window[condition.fn](metricText(condition, reader), durationText(condition.overS, language))
      return words.beyond[condition.op](subject, valueText(condition.value, condition, reader))
    }
    case 'several': {
      const { op, value, n, m } = condition
      const subject = words.several(metricText(condition, reader), numberText(n, language), numberText(m, language))
      return words.beyond[op](subject, valueText(value, condition, reader))
    }
    case 'absence':
      return absenceText(condition, reader)
    case 'stuck':
      return words.stuck(metricText(condition, reader), durationText(condition.forS, language))
    case 'deviation':
      return deviationText(condition, reader)
    case 'geofence': {
      const { area } = condition
      if ('polygon' in area) return words.where[condition.is](words.polygon(numberText(area.polygon.length, language)))
      const [latitude, longitude] = area.centre.map(degrees => numberText(degrees, language, 4))
      const radius = quantityText(area.radiusKm, 'km', language)
      return words.where[condition.is](words.circle(radius, latitude ?? '', longitude ?? ''))
    }
    case 'schedule':
      return scheduleText(condition, reader)
    case 'expression':
      return words.expression(condition.when)
    case 'health':
      return words.health[condition.event]
    default:
      return condition satisfies never
  }
}

function thresholdText(condition: Leaf<'threshold'>, reader: Reader): string {
  const { words } = reader
  const metric = metricText(condition, reader)
  if (isClaim(condition, reader)) return isTrueAt(condition) ? words.yes(metric) : words.no(metric)
  const subject = condition.datum === true ? words.aboveDatum(metric) : metric
  return words.beyond[condition.op](subject, valueText(condition.value, condition, reader))
}

function changeText(condition: Leaf<'change'>, reader: Reader): string {
  const { words, language } = reader
  const { op, value, overS } = condition
  const metric = metricText(condition, reader)
  const over = durationText(overS, language)
  const size = valueText(Math.abs(value), condition, reader)
  const isOrMore = op === '>=' || op === '<='
  if ((op === '>=' || op === '>') && value > 0) return words.rise(metric, size, over, isOrMore)
  if ((op === '<=' || op === '<') && value < 0) return words.fall(metric, size, over, isOrMore)
  return words.beyond[op](words.change(metric, over), valueText(value, condition, reader))
}

function absenceText({ metric, device, intervals, afterS }: Leaf<'absence'>, reader: Reader): string {
  const { words, language } = reader
  const what = silentThing(metric, device, reader)
  if (afterS !== undefined) return words.absenceFor(what, durationText(afterS, language))
  if (intervals !== undefined) return words.absenceIntervals(what, numberText(intervals, language))
  return words.absence(what)
}

function silentThing(metric: string | undefined, device: string | undefined, reader: Reader): string {
  const { words, language } = reader
  if (metric !== undefined) {
    const text = metricText({ metric, device }, reader)
    return language === 'vi' ? text : words.anythingOf(text)
  }
  return device === undefined ? words.anything : words.anythingOf(deviceText(device, reader))
}

function deviationText(condition: Leaf<'deviation'>, reader: Reader): string {
  const { words, language } = reader
  const { by, radiusKm, atLeast } = condition
  const neighbours =
    radiusKm === undefined ? words.neighboursAtSite : words.neighboursWithin(quantityText(radiusKm, 'km', language))
  return words.deviation(
    metricText(condition, reader),
    valueText(by, condition, reader),
    neighbours,
    numberText(atLeast, language)
  )
}

function scheduleText({ from, to, days, months }: Leaf<'schedule'>, { words }: Reader): string {
  const parts: string[] = []
  if (from !== undefined && to !== undefined) parts.push(words.times(from, to))
  if (days) parts.push(words.onDays(days.map(day => words.days[day - 1] ?? String(day)).join(', ')))
  if (months) parts.push(words.inMonths(months))
  return parts.length === 0 ? words.always : parts.join(' ')
}

/** A limit inside a larger condition that ends elsewhere than it begins says so where it stands. */
function innerBack(condition: LeafCondition, reader: Reader): string {
  if (condition.kind !== 'threshold' && condition.kind !== 'change' && condition.kind !== 'window') return ''
  if (condition.clear === undefined || isClaim(condition, reader)) return ''
  return ` (${reader.words.until(wayBack(condition, reader))})`
}

function wayBack(condition: Limited, reader: Reader): string {
  const { op, value, clear = value } = condition
  // Other than a limit, a value that ends it is one that it must become.
  const back = op === '=' && condition.clear !== undefined ? '!=' : op
  return reader.words.back[back](valueText(clear, condition, reader))
}

/** Whether it compares a claim (true or false), which no limit describes. */
function isClaim(condition: Limited, { names }: Reader): boolean {
  return condition.kind === 'threshold' && names.metric(condition.metric)?.kind === 'boolean'
}

/** Which of the two the claim must be: `true` is 1, `false` is 0. */
function isTrueAt({ op, value }: { readonly op: Operator; readonly value: number }): boolean {
  switch (op) {
    case '>=':
    case '=':
      return value > 0
    case '>':
      return true
    case '!=':
      return value === 0
    default:
      return false
  }
}

function metricText(source: { readonly metric: string; readonly device?: string | undefined }, reader: Reader): string {
  const { names, words, language } = reader
  const known = names.metric(source.metric)
  const name = known ? withinSentence(known[language]) : source.metric
  return source.device === undefined ? name : words.ofDevice(name, deviceText(source.device, reader))
}

function deviceText(id: string, { names }: Reader): string {
  return names.device?.(id) ?? id
}

function valueText(value: number, source: { readonly metric: string; readonly fn?: string }, reader: Reader): string {
  const unit = source.fn === 'count' ? '' : (reader.names.metric(source.metric)?.unit ?? '')
  return quantityText(value, unit, reader.language)
}

/** Names begin with a capital letter, but within a sentence only those that are written so: "PM2.5". */
function withinSentence(name: string): string {
  const [first = ''] = name.split(' ', 1)
  return /^.[\p{Lu}\d_]/u.test(first) ? name : name.charAt(0).toLocaleLowerCase('vi') + name.slice(1)
}
