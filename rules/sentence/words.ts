import type { HealthEventKind } from '../../model/health.ts'
import type { Operator, Severity } from '../../model/rule.ts'

/** Phrases that sentences are put together of. Arguments come as people read them: "5,40 m", "10 phút". */
export interface SentenceWords {
  readonly and: string
  readonly or: string
  readonly severity: Readonly<Record<Severity, string>>
  /** How a value stands to its limit. */
  readonly beyond: Readonly<Record<Operator, (subject: string, limit: string) => string>>
  /** What ends it: the value has passed the limit on its way back. */
  readonly back: Readonly<Record<Operator, (limit: string) => string>>
  readonly yes: (claim: string) => string
  readonly no: (claim: string) => string
  readonly ofDevice: (metric: string, device: string) => string
  readonly aboveDatum: (metric: string) => string
  readonly rise: (metric: string, by: string, over: string, isOrMore: boolean) => string
  readonly fall: (metric: string, by: string, over: string, isOrMore: boolean) => string
  readonly change: (metric: string, over: string) => string
  readonly window: Readonly<Record<'sum' | 'mean' | 'min' | 'max' | 'count', (metric: string, over: string) => string>>
  readonly several: (metric: string, n: string, m: string) => string
  readonly absenceFor: (what: string, duration: string) => string
  readonly absenceIntervals: (what: string, intervals: string) => string
  readonly absence: (what: string) => string
  readonly anything: string
  readonly anythingOf: (device: string) => string
  readonly stuck: (metric: string, duration: string) => string
  readonly deviation: (metric: string, by: string, neighbours: string, atLeast: string) => string
  readonly neighboursAtSite: string
  readonly neighboursWithin: (radius: string) => string
  readonly where: Readonly<Record<'inside' | 'outside', (area: string) => string>>
  readonly circle: (radius: string, latitude: string, longitude: string) => string
  readonly polygon: (points: string) => string
  readonly times: (from: string, to: string) => string
  /** Monday first. */
  readonly days: readonly string[]
  readonly onDays: (days: string) => string
  readonly inMonths: (months: readonly number[]) => string
  readonly always: string
  readonly expression: (text: string) => string
  readonly health: Readonly<Record<HealthEventKind, string>>
  readonly not: (condition: string) => string
  readonly lasting: (condition: string, duration: string) => string
  readonly agree: (atLeast: string, condition: string) => string
  /** An inner limit that ends at another value than it begins. */
  readonly until: (back: string) => string
  readonly level: (place: string, condition: string, name: string, severity: string, end: string) => string
  readonly over: (how: string) => string
  readonly overWhenNot: string
  readonly overWhenFalse: (text: string) => string
  readonly atSite: (site: string) => string
  readonly atDevice: (device: string) => string
  readonly about: Readonly<Record<'device' | 'site', (scope: readonly string[]) => string>>
  readonly sites: (list: string) => string
  readonly devices: (list: string) => string
  readonly profiles: (list: string) => string
  readonly tags: (list: string) => string
}
