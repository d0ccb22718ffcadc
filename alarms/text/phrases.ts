import type { AlarmFacts } from '../../model/alarm.ts'
import type { Severity } from '../../model/rule.ts'
import type { Language } from './numbers.ts'

/** Every fixed word of a message. */
export interface Phrases {
  readonly heads: Readonly<Record<AlarmFacts['about'], string>>
  readonly severities: Readonly<Record<Severity, string>>
  readonly simulated: string
  readonly late: string
  readonly past: string
  readonly where: string
  readonly measured: string
  readonly above: (limit: string, difference: string) => string
  readonly below: (limit: string, difference: string) => string
  readonly equal: (limit: string) => string
  readonly limit: (limit: string) => string
  readonly since: string
  readonly until: string
  readonly now: string
  readonly stillTrue: string
  readonly over: string
  readonly advice: string
  readonly call: string
  readonly acknowledge: string
  readonly reply: string
  readonly together: (count: number) => string
  readonly more: (count: number) => string
  readonly testing: string
  readonly withdrawn: string
  readonly footer: string
}

const vi: Phrases = {
  heads: {
    raised: 'Cảnh báo kỹ thuật',
    worse: 'Cảnh báo kỹ thuật tăng mức',
    better: 'Cảnh báo kỹ thuật giảm mức',
    cleared: 'Hết cảnh báo kỹ thuật',
    reminder: 'Nhắc lại cảnh báo kỹ thuật',
    withdrawn: 'Rút cảnh báo kỹ thuật',
    test: 'Tin thử, không có sự cố',
    digest: 'Tổng hợp cảnh báo kỹ thuật'
  },
  severities: { low: 'thấp', medium: 'vừa', high: 'cao', critical: 'nghiêm trọng' },
  simulated: 'mô phỏng',
  late: 'Phát hiện muộn, từ số liệu đến sau.',
  past: 'Việc đã qua, phát hiện từ số liệu đến sau.',
  where: 'Nơi',
  measured: 'đo lúc',
  above: (limit, difference) => `trên ${limit} là ${difference}`,
  below: (limit, difference) => `dưới ${limit} là ${difference}`,
  equal: limit => `bằng ${limit}`,
  limit: limit => `ngưỡng ${limit}`,
  since: 'Từ',
  until: 'đến',
  now: 'Hiện nay',
  stillTrue: 'vẫn còn',
  over: 'đã hết',
  advice: 'Việc cần làm',
  call: 'Gọi',
  acknowledge: 'Xác nhận đã biết',
  reply: 'Hoặc trả lời tin SMS bằng mã',
  together: count => `Cùng với ${count} cảnh báo khác`,
  more: count => `và ${count} cảnh báo nữa`,
  testing: 'Đây là tin thử để kiểm tra đường báo tin. Nhận được thì xin bấm xác nhận.',
  withdrawn: 'Số liệu đến sau cho thấy điều này không xảy ra.',
  footer: 'Cảnh báo kỹ thuật tự động của Sen theo số đo; không phải và không thay bản tin chính thức về thiên tai.'
}

const en: Phrases = {
  heads: {
    raised: 'Technical warning',
    worse: 'Technical warning, now worse',
    better: 'Technical warning, now better',
    cleared: 'Technical warning is over',
    reminder: 'Reminder of a technical warning',
    withdrawn: 'Technical warning withdrawn',
    test: 'Test message, nothing is wrong',
    digest: 'Technical warnings in brief'
  },
  severities: { low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
  simulated: 'simulated',
  late: 'Found late, from data that came afterwards.',
  past: 'It is past; found from data that came afterwards.',
  where: 'Where',
  measured: 'measured at',
  above: (limit, difference) => `${difference} above ${limit}`,
  below: (limit, difference) => `${difference} below ${limit}`,
  equal: limit => `at ${limit}`,
  limit: limit => `the limit of ${limit}`,
  since: 'Since',
  until: 'until',
  now: 'Now',
  stillTrue: 'it still is so',
  over: 'it is over',
  advice: 'What to do',
  call: 'Call',
  acknowledge: 'Say that you know',
  reply: 'Or answer the SMS with the code',
  together: count => `Together with ${count} other${count === 1 ? '' : 's'}`,
  more: count => `and ${count} more`,
  testing: 'This is a test of the way by which you are told. Please press the button if you get it.',
  withdrawn: 'Data that came afterwards says that this never was.',
  footer: "Sen's automatic technical warning, made from measurements; it is and replaces no official disaster bulletin."
}

/** The fixed words of every message. */
export const phrases: Readonly<Record<Language, Phrases>> = { vi, en }
