import type { AlarmFacts } from '../../model/alarm.ts'
import { moment } from './numbers.ts'
import type { Language } from './numbers.ts'
import { phrases } from './phrases.ts'
import { cut, oneLine } from './plain.ts'
import { valueText, wordsIn } from './value-text.ts'

/** A message in full: mail, chat, push. Each line is one line, whatever names people gave. */
export interface Message {
  /** At most 150 characters. */
  readonly subject: string
  readonly lines: readonly string[]
}

/** Of what is told together, so many are named. */
const mostNamed = 10

/** Says everything that `facts` hold: what, where, value against limit, since when, still true?, what to do, whom to call. */
export function messageOf(facts: AlarmFacts, language: Language): Message {
  return { subject: subjectOf(facts, language), lines: linesOf(facts, language).map(line => cut(oneLine(line), 1000)) }
}

/** The message as speech, for calls: sentences without codes and addresses. */
export function speechOf(facts: AlarmFacts, language: Language): string {
  const { now, stillTrue, over, simulated } = phrases[language]
  const sentences = [
    ...(facts.isSimulated ? [simulated] : []),
    headOf(facts, language),
    `${wordsIn(facts.levelName, language)}, ${facts.subject}, ${facts.place}`,
    valueText(facts, language) ?? wordsIn(facts.what, language),
    ...(facts.about === 'test' ? [] : [`${now} ${facts.isStillTrue ? stillTrue : over}`]),
    ...(facts.advice ? [wordsIn(facts.advice, language)] : [])
  ]
  return cut(sentences.map(sentence => oneLine(sentence).replace(/[.,\s]+$/, '')).join('. '), 600)
}

/** @returns what kind of message it is, in words. */
export function headOf({ about }: AlarmFacts, language: Language): string {
  return phrases[language].heads[about]
}

function subjectOf(facts: AlarmFacts, language: Language): string {
  const marks = facts.isSimulated ? `[${phrases[language].simulated}] ` : ''
  const level = wordsIn(facts.levelName, language)
  const others = facts.others?.length ?? 0
  const count = others === 0 ? '' : facts.about === 'digest' ? ` (${others + 1})` : ` (+${others})`
  return cut(oneLine(`${marks}${headOf(facts, language)}${count}: ${level}, ${facts.subject}`), 150)
}

function linesOf(facts: AlarmFacts, language: Language): readonly string[] {
  if (facts.about === 'digest') return digestLines(facts, language)
  const said = phrases[language]
  const { advice, contact, link, replyCode, about } = facts
  const value = valueText(facts, language)
  const isTest = about === 'test'
  return [
    ...(facts.isSimulated ? [`[${said.simulated}]`] : []),
    ...(isTest ? [said.testing] : []),
    `${headOf(facts, language)}: ${wordsIn(facts.what, language)}, ${wordsIn(facts.levelName, language)} (${said.severities[facts.severity]})`,
    `${said.where}: ${[facts.subject, facts.place].filter(part => part !== '').join(', ')}`,
    ...(value !== undefined && facts.value ? [`${value} (${said.measured} ${moment(facts.value.t)})`] : []),
    ...(isTest ? [] : standing(facts, language)),
    ...(advice ? [`${said.advice}: ${wordsIn(advice, language)}`] : []),
    ...othersOf(facts, language),
    ...(contact ? [`${said.call}: ${[contact.name, contact.phone ?? ''].join(' ')}`] : []),
    ...(link === undefined ? [] : [`${said.acknowledge}: ${link}`]),
    ...(replyCode === undefined ? [] : [`${said.reply}: ${replyCode}`]),
    said.footer
  ]
}

/** Each in one line; the rest is for the console. */
function digestLines(facts: AlarmFacts, language: Language): readonly string[] {
  const { others = [], what, subject, severity, contact, link, isSimulated } = facts
  const said = phrases[language]
  return [
    ...(isSimulated ? [`[${said.simulated}]`] : []),
    `${headOf(facts, language)} (${others.length + 1}):`,
    ...listed([{ what, subject, severity }, ...others], language),
    ...(contact ? [`${said.call}: ${[contact.name, contact.phone ?? ''].join(' ')}`] : []),
    ...(link === undefined ? [] : [`${said.acknowledge}: ${link}`]),
    said.footer
  ]
}

/** Since when, and whether it still is so. */
function standing(facts: AlarmFacts, language: Language): readonly string[] {
  const said = phrases[language]
  const until = facts.until === undefined ? '' : ` ${said.until} ${moment(facts.until)}`
  return [
    `${said.since} ${moment(facts.since)}${until}`,
    `${said.now}: ${facts.isStillTrue ? said.stillTrue : said.over}`,
    ...(facts.isRetrospective ? [facts.isStillTrue ? said.late : said.past] : []),
    ...(facts.about === 'withdrawn' ? [said.withdrawn] : [])
  ]
}

function othersOf({ others = [] }: AlarmFacts, language: Language): readonly string[] {
  return others.length === 0 ? [] : [`${phrases[language].together(others.length)}:`, ...listed(others, language)]
}

function listed(others: NonNullable<AlarmFacts['others']>, language: Language): readonly string[] {
  const { more, severities } = phrases[language]
  const named = others.slice(0, mostNamed)
  return [
    ...named.map(({ what, subject, severity }) => `- ${wordsIn(what, language)}, ${subject} (${severities[severity]})`),
    ...(others.length > named.length ? [more(others.length - named.length)] : [])
  ]
}
