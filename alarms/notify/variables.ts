import { messageOf, speechOf } from '../text/message.ts'
import { moment } from '../text/numbers.ts'
import { phrases } from '../text/phrases.ts'
import { oneLine } from '../text/plain.ts'
import { smsOf } from '../text/sms.ts'
import { valueText, wordsIn } from '../text/value-text.ts'
import type { Notice } from './channel.ts'

/** What a template may name, and what it stands for. */
export const variableNames = [
  /** `+84987654321`, `84987654321`, `0987654321`. */
  ...(['phone', 'phone84', 'phone0'] as const),
  /** What the channel calls the recipient; the recipient's mail address and name. */
  ...(['account', 'email', 'name'] as const),
  /** One SMS without diacritics; all lines with diacritics; subject alone; sentences to be spoken. */
  ...(['text', 'message', 'subject', 'speech'] as const),
  /** Idempotency key; where to call back. */
  ...(['key', 'reportUrl'] as const),
  /** Single facts, for templates that a provider approves. */
  ...([
    'station',
    'place',
    'level',
    'severity',
    'what',
    'value',
    'time',
    'status',
    'advice',
    'contact',
    'link'
  ] as const)
] as const
export type VariableName = (typeof variableNames)[number]

/** Messages of chats are cut here: Zalo takes 2,000 characters. */
const mostOfMessage = 2000

/** @returns the value of every variable; empty where the facts lack it. */
export function variablesOf({ key, recipient, facts }: Notice, reportUrl = ''): Readonly<Record<VariableName, string>> {
  const { language } = recipient
  const { subject, lines } = messageOf(facts, language)
  const { stillTrue, over, severities } = phrases[language]
  const phone = `+${(recipient.phone ?? '').replace(/\D/g, '')}`
  const one = (text: string | undefined) => oneLine(text ?? '')
  return {
    ...phonesOf(phone),
    ...{ account: one(recipient.account), email: one(recipient.email), name: one(recipient.name) },
    ...{ text: smsOf(facts, language), message: [...lines.join('\n')].slice(0, mostOfMessage).join('') },
    ...{ subject, speech: speechOf(facts, language), key, reportUrl },
    ...{ station: one(facts.subject), place: one(facts.place), level: one(wordsIn(facts.levelName, language)) },
    ...{ severity: severities[facts.severity], what: one(wordsIn(facts.what, language)) },
    ...{ value: one(valueText(facts, language)), time: moment(facts.since) },
    ...{ status: facts.isStillTrue ? stillTrue : over, advice: one(facts.advice && wordsIn(facts.advice, language)) },
    ...{ contact: one(facts.contact && `${facts.contact.name} ${facts.contact.phone ?? ''}`), link: one(facts.link) }
  }
}

/** Vietnamese gateways want numbers as 84… or 0…; others stay international. */
function phonesOf(phone: string): Readonly<Record<'phone' | 'phone84' | 'phone0', string>> {
  const digits = phone.slice(1)
  return {
    phone: digits === '' ? '' : phone,
    phone84: digits,
    phone0: digits.startsWith('84') ? `0${digits.slice(2)}` : digits
  }
}
