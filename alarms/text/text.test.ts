import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AlarmFacts } from '../../model/alarm.ts'
import { severities } from '../../model/rule.ts'
import { floodAt, floodFacts } from './facts.fixture.ts'
import { messageOf, speechOf } from './message.ts'
import { quantity } from './numbers.ts'
import { plain } from './plain.ts'
import { previewOf, sampleFacts } from './preview.ts'
import { smsOf } from './sms.ts'

/** GSM 7-bit default alphabet, without its extension (3GPP TS 23.038, 6.2.1), as far as it is ASCII. */
const gsm = /^[A-Za-z0-9 @$_!"#%&'()*+,\-./:;<=>?]*$/
const languages = ['vi', 'en'] as const
const seed = 20261122

const text = fc.oneof(
  fc.string({ maxLength: 80, unit: 'grapheme' }),
  fc.string({ maxLength: 300, unit: 'binary' }),
  fc.constantFrom(
    'Trạm bơm Đặng Sơn',
    'a\r\nBcc: b@c.vn',
    '<img src=x onerror=alert(1)>',
    '[]{}~^|€\\',
    '{secret.token}',
    ''
  )
)
const words = fc.record({ vi: text, en: fc.option(text, { nil: undefined }) })
const time = fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.double())

/** Any facts, the strangest among them. */
const anyFacts: fc.Arbitrary<AlarmFacts> = fc.record({
  about: fc.constantFrom('raised', 'worse', 'better', 'cleared', 'reminder', 'withdrawn', 'test', 'digest'),
  ...{
    alarm: text,
    severity: fc.constantFrom(...severities),
    what: words,
    levelName: words,
    subject: text,
    place: text
  },
  value: fc.record({
    ...{
      metric: words,
      value: fc.oneof(fc.double(), text),
      unit: fc.oneof(fc.constantFrom('m', '°C', 'mg/L'), text),
      t: time
    },
    limit: fc.option(fc.record({ op: fc.constantFrom('>=', '<', '='), value: fc.double() }), { nil: undefined })
  }),
  ...{
    since: time,
    until: fc.option(time, { nil: undefined }),
    isStillTrue: fc.boolean(),
    isRetrospective: fc.boolean()
  },
  advice: fc.option(words, { nil: undefined }),
  contact: fc.option(fc.record({ name: text, phone: fc.option(text, { nil: undefined }) }), { nil: undefined }),
  replyCode: fc.option(fc.stringMatching(/^[0-9]{4,6}$/), { nil: undefined }),
  link: fc.constantFrom(
    undefined,
    'https://sen.example.vn/a/Xk3v9',
    'https://x.vn/~',
    'javascript:alert(1)',
    `https://x.vn/${'k'.repeat(200)}`
  ),
  others: fc.array(fc.record({ what: words, subject: text, severity: fc.constantFrom(...severities) }), {
    maxLength: 30
  }),
  isSimulated: fc.boolean()
})

describe('a message in full', () => {
  it('says in Vietnamese what, where, value against level as bulletins do, since when, still true, what to do and whom to call', () => {
    const { subject, lines } = messageOf(floodFacts(), 'vi')

    expect(subject).toBe('Cảnh báo kỹ thuật tăng mức: Báo động II, Trạm Nam Đàn')
    expect(lines).toEqual([
      'Cảnh báo kỹ thuật tăng mức: Mực nước sông Lam tại Nam Đàn, Báo động II (cao)',
      'Nơi: Trạm Nam Đàn, xã Nam Đàn',
      'Mực nước 7,10 m, trên báo động II là 0,20 m (đo lúc 14:30 22/11/2026)',
      'Từ 14:20 22/11/2026',
      'Hiện nay: vẫn còn',
      'Việc cần làm: Kiểm tra bờ bao, sẵn sàng di dời.',
      'Gọi: Nguyễn Văn Bảo +84987654321',
      'Xác nhận đã biết: https://sen.example.vn/a/Xk3v9',
      'Hoặc trả lời tin SMS bằng mã: 4821',
      'Cảnh báo kỹ thuật tự động của Sen theo số đo; không phải và không thay bản tin chính thức về thiên tai.'
    ])
  })

  it('says the same in English', () => {
    const { subject, lines } = messageOf(floodFacts(), 'en')

    expect(subject).toBe('Technical warning, now worse: Alarm level II, Trạm Nam Đàn')
    expect(lines).toContain('Water level 7.10 m, 0.20 m above alarm level II (measured at 14:30 22/11/2026)')
    expect(lines.at(-1)).toContain('replaces no official disaster bulletin')
  })

  it('names the limit where the level is no báo động', () => {
    const value = { metric: { vi: 'Ôxy hoà tan' }, value: 2.6, unit: 'mg/L', limit: { op: '<', value: 3 }, t: floodAt }
    const facts = floodFacts({ levelName: { vi: 'Nguy hiểm' }, value })

    expect(messageOf(facts, 'vi').lines).toContain(
      'Ôxy hoà tan 2,6 mg/L, dưới ngưỡng 3 mg/L là 0,4 mg/L (đo lúc 14:20 22/11/2026)'
    )
    expect(messageOf(facts, 'en').lines.join()).toContain('2.6 mg/L, 0.4 mg/L below the limit of 3 mg/L')
  })

  it('marks what is simulated, late, past, withdrawn or a test', () => {
    const linesOf = (change: Parameters<typeof floodFacts>[0]) => messageOf(floodFacts(change), 'vi').lines.join('\n')

    expect(messageOf(floodFacts({ isSimulated: true }), 'vi').subject).toMatch(/^\[mô phỏng\] Cảnh báo kỹ thuật/)
    expect(linesOf({ isRetrospective: true })).toContain('Phát hiện muộn')
    expect(linesOf({ isRetrospective: true, isStillTrue: false, until: floodAt + 3_600_000 })).toMatch(
      /Từ 14:20 22\/11\/2026 đến 15:20 22\/11\/2026\nHiện nay: đã hết\nViệc đã qua/
    )
    expect(linesOf({ about: 'withdrawn' })).toContain('không xảy ra')
    expect(linesOf({ about: 'test' })).toMatch(/^Đây là tin thử/)
    expect(linesOf({ about: 'test' })).not.toContain('Hiện nay')
  })

  it('names ten of a storm and counts the rest', () => {
    const others = Array.from({ length: 400 }, (_, n) => ({
      ...{ what: { vi: 'Mất tín hiệu' }, subject: `Trạm ${n}`, severity: 'medium' as const }
    }))
    const { subject, lines } = messageOf(floodFacts({ others }), 'vi')

    expect(subject).toBe('Cảnh báo kỹ thuật tăng mức (+400): Báo động II, Trạm Nam Đàn')
    expect(smsOf(floodFacts({ others, contact: undefined }), 'vi')).toContain('Va 400 CB khac')
    expect(lines).toContain('Cùng với 400 cảnh báo khác:')
    expect(lines).toContain('- Mất tín hiệu, Trạm 9 (vừa)')
    expect(lines).toContain('và 390 cảnh báo nữa')
    expect(lines).not.toContain('- Mất tín hiệu, Trạm 10 (vừa)')
  })

  it('is one line each in a digest', () => {
    const others = [{ what: { vi: 'Pin yếu', en: 'Battery low' }, subject: 'Trạm 2', severity: 'low' as const }]
    const { subject, lines } = messageOf(floodFacts({ about: 'digest', others, link: undefined }), 'vi')

    expect(subject).toBe('Tổng hợp cảnh báo kỹ thuật (2): Báo động II, Trạm Nam Đàn')
    expect(lines.slice(0, 4)).toEqual([
      'Tổng hợp cảnh báo kỹ thuật (2):',
      '- Mực nước sông Lam tại Nam Đàn, Trạm Nam Đàn (cao)',
      '- Pin yếu, Trạm 2 (thấp)',
      'Gọi: Nguyễn Văn Bảo +84987654321'
    ])
  })

  it('never holds the end of a line within a line, nor marks that turn the writing', () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...languages), (facts, language) => {
        const { subject, lines } = messageOf(facts, language)
        for (const line of [subject, ...lines, speechOf(facts, language)])
          expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
        expect([...subject].length).toBeLessThanOrEqual(150)
      }),
      { seed, numRuns: 100 }
    )
  })
})

describe('an SMS', () => {
  it('says it without diacritics in one part', () => {
    const sms = smsOf(floodFacts(), 'vi')

    expect(sms).toBe(
      'CB ky thuat TANG: Bao dong II, Tram Nam Dan. Muc nuoc 7,10 m, tren bao dong II la 0,20 m. Tu 14:20 22/11, van con. Goi Nguyen Van Bao +84987654321. Tra loi 4821'
    )
    expect(sms.length).toBeLessThanOrEqual(160)
  })

  it('says more where there is room', () => {
    const { value: _, ...short } = floodFacts({ contact: undefined, replyCode: undefined, link: undefined })

    expect(smsOf(short, 'vi')).toBe(
      'CB ky thuat TANG: Bao dong II, Tram Nam Dan, xa Nam Dan. Muc nuoc song Lam tai Nam Dan. Tu 14:20 22/11, van con. Kiem tra bo bao, san sang di doi'
    )
    expect(smsOf(floodFacts({ isSimulated: true, isRetrospective: true }), 'vi')).toMatch(/^\(MO PHONG\) \(MUON\) CB/)
    expect(smsOf(floodFacts({ about: 'test' }), 'vi')).toMatch(/^TIN THU: /)
  })

  it('names the page that acknowledges where no answer can be sent', () => {
    expect(smsOf(floodFacts({ replyCode: undefined }), 'vi')).toMatch(/\. https:\/\/sen\.example\.vn\/a\/Xk3v9$/)
    expect(smsOf(floodFacts({ replyCode: undefined, link: 'https://x.vn/a~b' }), 'vi')).not.toContain('x.vn')
  })

  it('is at most 160 septets and names level, subject and number, whatever the facts are', () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...languages), (facts, language) => {
        const sms = smsOf(facts, language)
        const level = plain(language === 'en' ? (facts.levelName.en ?? facts.levelName.vi) : facts.levelName.vi)

        expect(sms).toMatch(gsm)
        expect(sms.length).toBeLessThanOrEqual(160)
        expect(sms).toContain(level.slice(0, 30).replace(/[.\s]+$/, ''))
        expect(sms).toContain(
          plain(facts.subject)
            .slice(0, 7)
            .replace(/[.\s]+$/, '')
        )
        expect(sms).toContain(
          plain(facts.contact?.phone ?? '')
            .slice(0, 16)
            .replace(/[.\s]+$/, '')
        )
      }),
      { seed, numRuns: 200 }
    )
  })

  it('spells every Vietnamese letter', () => {
    expect(plain('Đường ướt, mưa rào: ≥ 50 mm… “Kỳ Sơn” 35 °C, 12 µg/m³')).toBe(
      'Duong uot, mua rao: >= 50 mm... "Ky Son" 35 C, 12 ug/m3'
    )
    const letters = 'àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ'
    expect(plain(letters + letters.toUpperCase())).toMatch(/^[a-z]{67}[A-Z]{67}$/)
  })
})

describe('numbers', () => {
  it.each([
    [39.4, '°C', '39,4 °C', '39.4 °C'],
    [6.9, 'm', '6,90 m', '6.90 m'],
    [0.0123, 'mg/L', '0,0123 mg/L', '0.0123 mg/L'],
    [1234.56, 'kWh', '1.234,6 kWh', '1,234.6 kWh'],
    [-0.5, 'm', '-0,50 m', '-0.50 m']
  ])('%d %s is %s and %s', (value, unit, vi, en) => {
    expect([quantity(value, unit, 'vi'), quantity(value, unit, 'en')]).toEqual([vi, en])
  })
})

describe('a preview', () => {
  it('shows what a rule that is not saved yet will say, with the length of its SMS', () => {
    const facts = sampleFacts({
      rule: {
        name: { vi: 'Nắng nóng chuồng gà' },
        levels: [
          {
            ...{ name: { vi: 'Nguy hiểm' }, severity: 'critical' },
            when: {
              kind: 'lasting',
              forS: 600,
              of: { kind: 'threshold', metric: 'air_temperature', op: '>=', value: 35 }
            }
          }
        ]
      },
      ...{ level: 1, subject: 'Chuồng 3', place: 'xã Kim Liên', contact: { name: 'Chị Hoa', phone: '0912345678' } },
      metric: () => ({ name: { vi: 'Nhiệt độ' }, unit: '°C' }),
      now: floodAt
    })

    const preview = facts && previewOf(facts)
    expect(preview?.vi.sms).toBe(
      'CB ky thuat: Nguy hiem, Chuong 3, xa Kim Lien. Nang nong chuong ga. Nhiet do 35 C, bang nguong 35 C. Tu 14:20 22/11, van con. Goi Chi Hoa 0912345678'
    )
    expect(preview?.vi.smsSeptets).toBe(preview?.vi.sms.length)
  })
})
