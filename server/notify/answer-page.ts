import type { Alarm, Words } from '../../model/alarm.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Answered } from './answers.ts'
import { placeOf } from './facts.ts'

type Language = 'vi' | 'en'

const texts = {
  vi: {
    ...{ confirm: 'Tôi đã nhận, tôi xử lý', confirmTest: 'Tôi đã nhận được tin thử', test: 'Thử đường báo' },
    ...{ where: 'Nơi', since: 'Từ lúc', now: 'Hiện tại', holds: 'vẫn còn', over: 'đã hết', doing: 'Việc cần làm' },
    ...{ taken: 'Đã xác nhận', by: 'bởi', gone: 'Liên kết này không còn dùng được', more: 'cảnh báo khác cùng tin' },
    goneHint: 'Liên kết chỉ dùng được trong 7 ngày. Mở bảng điều khiển Sen để xem cảnh báo.'
  },
  en: {
    ...{ confirm: 'I have it, I see to it', confirmTest: 'I have got the test', test: 'Test of the way to you' },
    ...{ where: 'Where', since: 'Since', now: 'Now', holds: 'still so', over: 'over', doing: 'What to do' },
    ...{
      taken: 'Acknowledged',
      by: 'by',
      gone: 'This link is no good any more',
      more: 'more alarms in the same message'
    },
    goneHint: 'A link is good for 7 days. Open the Sen console to see alarms.'
  }
} as const

/** A page that says what a message is about and has one button; it works without scripts and without a login. */
export function answerPage(answered: Answered, registry: RegistrySnapshot): string {
  const { language } = answered.recipient
  const text = texts[language]
  if (answered.isTest) return page(language, text.test, `<h1>${text.test}</h1>${button(text.confirmTest)}`)
  const [alarm, ...others] = [...answered.alarms].sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)))
  if (!alarm) return gonePage(language)
  const title = `${said(alarm.levelName, language)}: ${alarm.subjectName}`
  const facts: readonly (readonly [string, string])[] = [
    [said(alarm.name, language), ''],
    [text.where, placeOf(alarm, registry)],
    [text.since, localTime(alarm.onset)],
    [text.now, alarm.level > 0 && !alarm.isWithdrawn ? text.holds : text.over],
    ...(alarm.advice ? [[text.doing, said(alarm.advice, language)] as const] : []),
    ...(others.length > 0 ? [[`+${others.length}`, text.more] as const] : [])
  ]
  const list = facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')
  const ending = [alarm, ...others].some(isOpen)
    ? button(text.confirm)
    : `<p><strong>${takenBy(alarm, language)}</strong></p>`
  return page(language, title, `<h1 class="${alarm.severity}">${escaped(title)}</h1><dl>${list}</dl>${ending}`)
}

/** What anybody sees whose link was never given, or has expired. */
export function gonePage(language: Language | undefined): string {
  const both = (language === undefined ? (['vi', 'en'] as const) : [language]).map(
    one => `<h1>${texts[one].gone}</h1><p>${texts[one].goneHint}</p>`
  )
  return page(language ?? 'vi', texts[language ?? 'vi'].gone, both.join(''))
}

const isOpen = ({ state, level }: Alarm): boolean => state === 'unacknowledged' || (state === 'returned' && level === 0)

function takenBy({ acknowledgedAt, acknowledgedBy }: Alarm, language: Language): string {
  const text = texts[language]
  if (acknowledgedAt === undefined) return text.over
  return `${text.taken} ${localTime(acknowledgedAt)}${acknowledgedBy === undefined ? '' : ` ${text.by} ${escaped(acknowledgedBy)}`}`
}

const button = (label: string): string => `<form method="post"><button type="submit">${label}</button></form>`

function page(language: Language, title: string, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escaped(title)}</title><link rel="stylesheet" href="/a/style.css"></head><body>${body}</body></html>`
}

const said = (words: Words, language: Language): string => (language === 'en' ? words.en : undefined) ?? words.vi

/** In Việt Nam. */
function localTime(at: number): string {
  const [date = '', time = ''] = new Date(at + 7 * 3_600_000).toISOString().split('T')
  return `${time.slice(0, 5)} ${date.split('-').reverse().join('/')}`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
