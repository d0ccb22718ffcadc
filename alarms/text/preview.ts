import type { AlarmFacts } from '../../model/alarm.ts'
import type { Condition, Rule } from '../../model/rule.ts'
import { messageOf } from './message.ts'
import type { Message } from './message.ts'
import type { Language } from './numbers.ts'
import { smsOf } from './sms.ts'

/** A message as it will leave, in one language. */
export interface Preview extends Message {
  readonly sms: string
  /** Of 160. */
  readonly smsSeptets: number
}

/** Shows what people will be told, in both languages. */
export function previewOf(facts: AlarmFacts): Readonly<Record<Language, Preview>> {
  const inLanguage = (language: Language): Preview => {
    const sms = smsOf(facts, language)
    return { ...messageOf(facts, language), sms, smsSeptets: sms.length }
  }
  return { vi: inLanguage('vi'), en: inLanguage('en') }
}

/** What an alarm of a rule that is not saved yet would be about. */
interface SampleProps {
  readonly rule: Pick<Rule, 'name' | 'levels'>
  /** 1 is the rule's first. */
  readonly level: number
  readonly subject: string
  readonly place: string
  readonly contact: AlarmFacts['contact']
  /** Words and unit of a metric, as the catalogue has them. */
  readonly metric: (name: string) => { readonly name: AlarmFacts['what']; readonly unit: string }
  /** ms since the epoch. */
  readonly now: number
}

/**
 * Facts of an alarm that a rule would raise, for its preview: the value stands at the limit.
 *
 * @returns nothing if the rule has no such level.
 */
export function sampleFacts({
  rule,
  level,
  subject,
  place,
  contact,
  metric,
  now
}: SampleProps): AlarmFacts | undefined {
  const step = rule.levels[level - 1]
  if (step === undefined) return undefined
  const limit = firstLimit(step.when)
  const { name, unit } = limit ? metric(limit.metric) : { name: rule.name, unit: '' }
  return {
    ...{ about: 'raised', alarm: 'preview', severity: step.severity, what: rule.name, levelName: step.name },
    ...{ subject, place, since: now, isStillTrue: true, isRetrospective: false, advice: step.advice, contact },
    ...(limit && { value: { metric: name, value: limit.value, unit, limit, t: now } }),
    ...{ replyCode: undefined, link: undefined, isSimulated: false }
  }
}

interface Limit {
  readonly metric: string
  readonly op: string
  readonly value: number
}

function firstLimit(condition: Condition): Limit | undefined {
  switch (condition.kind) {
    case 'threshold':
    case 'change':
    case 'window':
    case 'several':
      return condition
    case 'all':
    case 'any':
      return condition.of.map(firstLimit).find(limit => limit !== undefined)
    case 'lasting':
    case 'agree':
      return firstLimit(condition.of)
    default:
      return undefined
  }
}
