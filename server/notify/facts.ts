import type { NoticeAbout } from '../../alarms/escalation/situation.ts'
import type { Alarm, AlarmFacts } from '../../model/alarm.ts'
import type { Metric } from '../../model/metric.ts'
import { kindOf } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { unitText } from '../../model/unit-text.ts'
import type { Answerable } from './links.ts'

/** What a message about an alarm is made of. */
export interface FactsProps {
  readonly alarm: Alarm
  readonly about: NoticeAbout
  readonly registry: RegistrySnapshot
  readonly metrics: ReadonlyMap<string, Metric>
  readonly contact: AlarmFacts['contact']
  /** `undefined`: there is nothing to acknowledge. */
  readonly answerable: Answerable | undefined
  /** Alarms that are told with it. */
  readonly others?: readonly Alarm[]
}

/** @returns everything a message says, as it is now. */
export function factsOf({ alarm, about, registry, metrics, contact, answerable, others }: FactsProps): AlarmFacts {
  const value = valueOf(alarm, metrics)
  return {
    about,
    alarm: alarm.id,
    severity: alarm.severity,
    what: alarm.name,
    levelName: alarm.levelName,
    subject: alarm.subjectName,
    place: placeOf(alarm, registry),
    ...(value && { value }),
    since: alarm.onset,
    isStillTrue: alarm.level > 0 && !alarm.isWithdrawn,
    isRetrospective: alarm.isRetrospective,
    advice: about === 'cleared' || about === 'withdrawn' ? undefined : alarm.advice,
    contact,
    replyCode: answerable?.replyCode,
    link: answerable?.link,
    ...(others && {
      others: others.map(({ name, subjectName, severity }) => ({ what: name, subject: subjectName, severity }))
    }),
    isSimulated: alarm.isSimulated
  }
}

/** The site, and the commune that it stands in where it has another name. */
export function placeOf(
  { site: id, organisation }: Pick<Alarm, 'site' | 'organisation'>,
  registry: RegistrySnapshot
): string {
  const site = id === undefined ? undefined : registry.sites.get(id)
  const code = site && registry.communeOf(site)
  const commune = [...registry.organisations.values()].find(one => one.commune === code && kindOf(one) === 'commune')
  const owner = registry.organisations.get(site?.organisation ?? organisation)
  return [...new Set([site?.name, (code === undefined ? undefined : commune?.name) ?? owner?.name])]
    .filter(name => name !== undefined)
    .join(', ')
}

function valueOf({ readings }: Alarm, metrics: ReadonlyMap<string, Metric>): AlarmFacts['value'] {
  const reading = readings.at(-1)
  if (!reading) return undefined
  const metric = metrics.get(reading.metric)
  return {
    metric: { vi: metric?.vi ?? reading.metric, en: metric?.en ?? reading.metric },
    value: reading.value,
    unit: unitText(metric?.unit ?? ''),
    limit: reading.limit,
    t: reading.t
  }
}

/** What a test says: nothing is wrong. */
export function testFacts(name: string, answerable: Answerable, now: number): AlarmFacts {
  return {
    ...{ about: 'test', alarm: 'test', severity: 'medium', subject: name, place: 'Sen' },
    what: { vi: 'Thử đường báo', en: 'Test of the way to you' },
    levelName: { vi: 'Thử', en: 'Test' },
    ...{ since: now, isStillTrue: false, isRetrospective: false, contact: undefined },
    advice: {
      vi: 'Bấm vào liên kết hoặc trả lời để xác nhận đã nhận.',
      en: 'Open the link or answer to say you have it.'
    },
    ...{ ...answerable, isSimulated: false }
  }
}
