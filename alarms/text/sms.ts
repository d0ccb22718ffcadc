import type { AlarmFacts } from '../../model/alarm.ts'
import { moment } from './numbers.ts'
import type { Language } from './numbers.ts'
import { phrases } from './phrases.ts'
import { cut, plain } from './plain.ts'
import { valueText, wordsIn } from './value-text.ts'

/** One part of an SMS in the GSM 7-bit alphabet holds so many septets (3GPP TS 23.040, 9.2.3.16). */
export const smsSeptets = 160

/** So much of each is said: a rule's levels have no longer names, nor has E.164 longer numbers. */
const most = { level: 60, contact: 30, phone: 16 } as const
/** Of the subject's name at least so much stands, for which the name of whom to call may have to be cut; never the number. */
const leastSubject = 16

const heads: Readonly<Record<Language, Readonly<Record<AlarmFacts['about'], string>>>> = {
  vi: {
    ...{ raised: 'CB ky thuat', worse: 'CB ky thuat TANG', better: 'CB ky thuat GIAM', cleared: 'HET CB ky thuat' },
    ...{ reminder: 'NHAC CB ky thuat', withdrawn: 'RUT CB ky thuat', test: 'TIN THU', digest: 'Tong hop CB ky thuat' }
  },
  en: {
    ...{
      raised: 'Tech. warning',
      worse: 'Tech. warning WORSE',
      better: 'Tech. warning better',
      cleared: 'OVER: tech. warning'
    },
    ...{ reminder: 'AGAIN: tech. warning', withdrawn: 'WITHDRAWN', test: 'TEST', digest: 'Tech. warnings' }
  }
}

interface Piece {
  readonly text: string
  /** May be said in part, if at least so many characters are left for it. */
  readonly least?: number
}

/**
 * One SMS of at most 160 septets, without diacritics. What does not fit is left out, the least important first: the rule's
 * name, the place, advice, since when, the code for an answer, the value. Level, subject and contact always stand.
 */
export function smsOf(facts: AlarmFacts, language: Language): string {
  const { call } = phrases[language]
  const level = cut(plain(wordsIn(facts.levelName, language)), most.level)
  const head = `${marks(facts, language)}${heads[language][facts.about]}: ${level}`
  const free = smsSeptets - head.length - 2
  const contact = facts.contact && contactText(plain(call), facts.contact, free - leastSubject - 2)
  const room = free - (contact === undefined ? 0 : contact.length + 2)
  const subject = cut(plain(facts.subject), room)

  const pieces = optional(facts, language)
  const kept = new Map<keyof typeof pieces, string>()
  let left = room - subject.length
  for (const name of ['value', 'others', 'reply', 'since', 'advice', 'place', 'what'] as const) {
    const piece = pieces[name]
    const text = piece && fitting(piece, left - 2)
    if (text === undefined || text === '') continue
    kept.set(name, text)
    left -= text.length + 2
  }
  const said = (name: keyof typeof pieces) => kept.get(name) ?? []
  const where = [subject, said('place')].flat().join(', ')
  const sentences = [
    ...[`${head}, ${where}`, said('what'), said('value'), said('others'), said('since'), said('advice')],
    ...[contact ?? [], said('reply')]
  ]
  return sentences
    .flat()
    .map(sentence => sentence.replace(/[.\s]+$/, ''))
    .join('. ')
}

function contactText(call: string, { name, phone = '' }: NonNullable<AlarmFacts['contact']>, room: number): string {
  const number = plain(phone).slice(0, most.phone)
  const left = Math.min(most.contact, room - call.length - number.length - 2)
  return [call, cut(plain(name), left), number].filter(part => part !== '').join(' ')
}

function marks({ isSimulated, isRetrospective, isStillTrue }: AlarmFacts, language: Language): string {
  const vi = language === 'vi'
  const late = isStillTrue ? (vi ? '(MUON) ' : '(LATE) ') : vi ? '(DA QUA) ' : '(PAST) '
  return `${isSimulated ? (vi ? '(MO PHONG) ' : '(SIMULATED) ') : ''}${isRetrospective ? late : ''}`
}

function optional(facts: AlarmFacts, language: Language) {
  const { since, stillTrue, over, until } = phrases[language]
  const vi = language === 'vi'
  const value = valueText(facts, language)
  const others = facts.others?.length ?? 0
  const end = facts.until === undefined ? '' : ` ${plain(until)} ${moment(facts.until, true)}`
  const time = `${plain(since)} ${moment(facts.since, true)}${end}, ${plain(facts.isStillTrue ? stillTrue : over)}`
  const pieces: Readonly<
    Record<'value' | 'others' | 'reply' | 'since' | 'advice' | 'place' | 'what', Piece | undefined>
  > = {
    value: value === undefined ? undefined : { text: plain(value) },
    others: others === 0 ? undefined : { text: vi ? `Va ${others} CB khac` : `And ${others} more` },
    reply: answerOf(facts, vi ? 'Tra loi' : 'Reply'),
    since: facts.about === 'test' ? undefined : { text: time },
    advice: facts.advice && { text: plain(wordsIn(facts.advice, language)), least: 20 },
    place: { text: plain(facts.place) },
    what: { text: plain(wordsIn(facts.what, language)) }
  }
  return pieces
}

/** By a code where an answer can be sent, else by the page; a full stop behind an address would become part of it. */
function answerOf({ replyCode, link }: AlarmFacts, word: string): Piece | undefined {
  if (replyCode !== undefined) return { text: `${word} ${plain(replyCode)}` }
  return link !== undefined && /^[-A-Za-z0-9.:/?=&%_]+$/.test(link) ? { text: link } : undefined
}

function fitting({ text, least }: Piece, room: number): string | undefined {
  if (text.length <= room) return text
  return least !== undefined && room >= least ? cut(text, room) : undefined
}
