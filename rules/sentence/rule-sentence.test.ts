import { describe, expect, test } from 'vitest'
import { metricCatalogue } from '../../model/metric.ts'
import { condition, rule } from '../../model/rule.ts'
import type { Condition, Rule } from '../../model/rule.ts'
import { conditionText } from './condition-text.ts'
import type { SentenceNames } from './condition-text.ts'
import { sentenceOf } from './rule-sentence.ts'
import { english } from './words-en.ts'
import { vietnamese } from './words-vi.ts'

const called = (names: Readonly<Record<string, string>>) => (id: string) => names[id]
const names: SentenceNames = {
  metric: name => metricCatalogue.get(name),
  device: called({ tram: 'Mực nước Nam Đàn' }),
  site: called({ 'nam-dan': 'Nam Đàn', 'cua-hoi': 'Cửa Hội' })
}
const hot = { kind: 'threshold', metric: 'air_temperature', op: '>=', value: 35 } as const
const damp = { kind: 'threshold', metric: 'air_humidity', op: '>', value: 90 } as const

/** What is read, in both languages. */
const table: readonly (readonly [condition: Condition, vi: string, en: string])[] = [
  [
    { kind: 'threshold', metric: 'water_level', op: '>=', value: 5.4 },
    'mực nước từ 5,40 m trở lên',
    'water level is 5.40 m or more'
  ],
  [
    { kind: 'threshold', metric: 'water_level', op: '>=', value: 5.4, datum: true },
    'mực nước (theo cao trình trạm) từ 5,40 m trở lên',
    "water level (above the station's datum) is 5.40 m or more"
  ],
  [damp, 'độ ẩm không khí trên 90 %', 'air humidity is above 90 %'],
  [{ kind: 'threshold', metric: 'ph', op: '<', value: 6.5 }, 'độ pH dưới 6,5', 'pH is below 6.5'],
  [
    { kind: 'threshold', metric: 'pm2_5', op: '<=', value: 12500 },
    'bụi mịn PM2.5 từ 12.500 µg/m³ trở xuống',
    'PM2.5 is 12,500 µg/m³ or less'
  ],
  [
    { kind: 'threshold', metric: 'flow_rate', op: '=', value: 0, device: 'tram' },
    'lưu lượng của Mực nước Nam Đàn bằng 0 L/phút',
    'flow rate of Mực nước Nam Đàn is 0 L/min'
  ],
  [
    { kind: 'threshold', metric: 'wind_direction', op: '!=', value: 90 },
    'hướng gió khác 90°',
    'wind direction is not 90°'
  ],
  [{ kind: 'threshold', metric: 'door_open', op: '=', value: 1 }, 'cửa mở: có', 'door open: yes'],
  [{ kind: 'threshold', metric: 'online', op: '<', value: 1 }, 'trực tuyến: không', 'online: no'],
  [
    { kind: 'threshold', metric: 'never_heard_of', op: '>', value: 1.25 },
    'never_heard_of trên 1,25',
    'never_heard_of is above 1.25'
  ],
  [
    { kind: 'change', metric: 'air_temperature', op: '>=', value: 2, overS: 600 },
    'nhiệt độ không khí tăng từ 2 °C trở lên trong 10 phút',
    'air temperature rises by 2 °C or more in 10 minutes'
  ],
  [
    { kind: 'change', metric: 'ph', op: '<', value: -0.5, overS: 86_400 },
    'độ pH giảm trên 0,5 trong 24 giờ',
    'pH falls by more than 0.5 in 24 hours'
  ],
  [
    { kind: 'change', metric: 'water_level', op: '<', value: 0.05, overS: 3600 },
    'mức thay đổi của mực nước trong 1 giờ dưới 0,05 m',
    'the change of water level in 1 hour is below 0.05 m'
  ],
  [
    { kind: 'window', metric: 'rainfall', fn: 'sum', op: '>', value: 70, overS: 3 * 3600 },
    'tổng lượng mưa trong 3 giờ trên 70 mm',
    'the sum of rainfall over 3 hours is above 70 mm'
  ],
  [
    { kind: 'window', metric: 'nh3', fn: 'mean', op: '>', value: 20, overS: 5400 },
    'khí NH3 trung bình trong 1 giờ 30 phút trên 20 ppm',
    'the mean ammonia over 1 hour 30 minutes is above 20 ppm'
  ],
  [
    { kind: 'window', metric: 'soil_moisture', fn: 'min', op: '>', value: 45, overS: 48 * 3600 },
    'độ ẩm đất thấp nhất trong 48 giờ trên 45 %',
    'the lowest soil moisture in 48 hours is above 45 %'
  ],
  [
    { kind: 'window', metric: 'wind_gust', fn: 'max', op: '>=', value: 17.2, overS: 60 },
    'gió giật cao nhất trong 1 phút từ 17,2 m/s trở lên',
    'the highest wind gust in 1 minute is 17.2 m/s or more'
  ],
  [
    { kind: 'window', metric: 'door_open', fn: 'count', op: '>', value: 100, overS: 7 * 86_400 },
    'số lần báo cửa mở trong 7 ngày trên 100',
    'the number of reports of door open in 7 days is above 100'
  ],
  [
    { kind: 'several', metric: 'link_margin', op: '<', value: 5, n: 8, m: 10 },
    'ít nhất 8 trong 10 giá trị gần nhất của dự trữ đường lên dưới 5 dB',
    'in at least 8 of the last 10 values uplink margin is below 5 dB'
  ],
  [
    { kind: 'absence' },
    'không nhận được tin nào của thiết bị lâu hơn nhịp gửi thường ngày',
    'nothing of the device was received for longer than its own rhythm allows'
  ],
  [
    { kind: 'absence', metric: 'air_temperature', afterS: 1800 },
    'không nhận được nhiệt độ không khí suốt 30 phút',
    'nothing of air temperature was received for 30 minutes'
  ],
  [
    { kind: 'absence', device: 'tram', intervals: 3 },
    'không nhận được tin nào của Mực nước Nam Đàn suốt 3 chu kỳ gửi',
    'nothing of Mực nước Nam Đàn was received for 3 of its intervals'
  ],
  [
    { kind: 'stuck', metric: 'water_level', forS: 6 * 3600 },
    'mực nước đứng yên suốt 6 giờ dù vẫn báo về',
    'water level has not moved for 6 hours though it is reported'
  ],
  [
    { kind: 'deviation', metric: 'air_temperature', by: 5, radiusKm: 10, atLeast: 3 },
    'nhiệt độ không khí lệch từ 5 °C trở lên so với trung vị của các trạm trong vòng 10 km (có ít nhất 3 trạm)',
    'air temperature is 5 °C or more away from the median of those within 10 km (at least 3 of them)'
  ],
  [
    { kind: 'deviation', metric: 'pm10', by: 50, atLeast: 2 },
    'bụi PM10 lệch từ 50 µg/m³ trở lên so với trung vị của các trạm cùng điểm đo (có ít nhất 2 trạm)',
    'PM10 is 50 µg/m³ or more away from the median of the others at the site (at least 2 of them)'
  ],
  [
    { kind: 'geofence', is: 'outside', area: { centre: [18.79, 105.76], radiusKm: 12.5 } },
    'thiết bị ra ngoài vùng bán kính 12,5 km quanh điểm 18,7900; 105,7600',
    'the device is outside the circle of 12.5 km around 18.7900, 105.7600'
  ],
  [
    {
      kind: 'geofence',
      is: 'inside',
      area: {
        polygon: [
          [18, 105],
          [18, 106],
          [19, 106]
        ]
      }
    },
    'thiết bị ở trong vùng 3 đỉnh đã vẽ',
    'the device is inside the drawn area of 3 corners'
  ],
  [
    { kind: 'schedule', from: '18:00', to: '05:30', days: [1, 7], months: [5, 12] },
    'trong khoảng 18:00–05:30 vào thứ Hai, Chủ nhật trong tháng 5, 12',
    'between 18:00 and 05:30 on Monday, Sunday in May, December'
  ],
  [
    { kind: 'expression', when: 'm.air_temperature > 30.0' },
    'biểu thức đúng: m.air_temperature > 30.0',
    'the expression is true: m.air_temperature > 30.0'
  ],
  [{ kind: 'health', event: 'gateway-down' }, 'trạm thu (gateway) mất liên lạc', 'the gateway is down'],
  [
    { kind: 'all', of: [hot, { kind: 'any', of: [damp, { kind: 'absence', metric: 'wind_speed', afterS: 60 }] }] },
    'nhiệt độ không khí từ 35 °C trở lên và (độ ẩm không khí trên 90 % hoặc không nhận được tốc độ gió suốt 1 phút)',
    'air temperature is 35 °C or more and (air humidity is above 90 % or nothing of wind speed was received for 1 minute)'
  ],
  [
    { kind: 'any', of: [{ ...hot, clear: 33 }, damp] },
    'nhiệt độ không khí từ 35 °C trở lên (tới khi xuống dưới 33 °C) hoặc độ ẩm không khí trên 90 %',
    'air temperature is 35 °C or more (until it is below 33 °C) or air humidity is above 90 %'
  ],
  [
    { kind: 'not', of: { kind: 'all', of: [hot, damp] } },
    'không phải là (nhiệt độ không khí từ 35 °C trở lên và độ ẩm không khí trên 90 %)',
    'it is not so that (air temperature is 35 °C or more and air humidity is above 90 %)'
  ],
  [
    { kind: 'lasting', forS: 600, of: { kind: 'any', of: [hot, damp] } },
    '(nhiệt độ không khí từ 35 °C trở lên hoặc độ ẩm không khí trên 90 %) suốt 10 phút',
    '(air temperature is 35 °C or more or air humidity is above 90 %) for 10 minutes'
  ],
  [
    { kind: 'agree', atLeast: 2, of: { kind: 'lasting', forS: 45, of: hot } },
    'ít nhất 2 thiết bị của điểm đo cùng báo nhiệt độ không khí từ 35 °C trở lên suốt 45 giây',
    'at least 2 devices of the site report that air temperature is 35 °C or more for 45 seconds'
  ]
]

describe('a condition', () => {
  test.each(table)('%j is read in both languages', (one, vi, en) => {
    expect(condition.safeParse(one).success).toBe(true)
    expect(conditionText(one, { language: 'vi', words: vietnamese, names })).toBe(vi)
    expect(conditionText(one, { language: 'en', words: english, names })).toBe(en)
  })

  test('of every kind is in the table', () => {
    const read = new Set(table.map(([one]) => one.kind))
    expect(read.size).toBe(16)
  })
})

const level = (when: Condition, severity: Rule['levels'][number]['severity'] = 'low') => ({
  name: { vi: 'Báo động I', en: 'Flood alarm I' },
  severity,
  when
})
const ruleOf = (one: Partial<Rule>): Rule =>
  rule.parse({
    ...{ id: 'r', name: { vi: 'Lũ' }, organisation: 'root', version: 1, isEnabled: true, scope: {}, per: 'device' },
    levels: [level(hot)],
    ...one
  })
const stage = { kind: 'threshold', metric: 'water_level', op: '>=', value: 5.4 } as const

describe('a rule', () => {
  test('says where, what, for how long, what it is called and what ends it', () => {
    const when: Condition = { kind: 'lasting', forS: 600, of: { ...stage, clear: 5.3 } }
    const flood = ruleOf({ scope: { sites: ['nam-dan'] }, levels: [level(when)] })
    expect(sentenceOf(flood, names, 'vi')).toEqual({
      about: 'Xét riêng từng thiết bị tại Nam Đàn.',
      levels: [
        'Tại Nam Đàn, khi mực nước từ 5,40 m trở lên suốt 10 phút: Báo động I (thấp); hết khi xuống dưới 5,30 m.'
      ]
    })
    expect(sentenceOf(flood, names, 'en')).toEqual({
      about: 'Each device by itself, at Nam Đàn.',
      levels: [
        'At Nam Đàn, when water level is 5.40 m or more for 10 minutes: Flood alarm I (low); over when it is below 5.30 m.'
      ]
    })
  })

  test.each<readonly [Condition, string, string]>([
    [stage, 'hết khi xuống dưới 5,40 m', 'over when it is below 5.40 m'],
    [{ ...stage, op: '>' }, 'hết khi xuống còn 5,40 m trở xuống', 'over when it is 5.40 m or less'],
    [{ ...stage, op: '<', clear: 6 }, 'hết khi lên từ 6,00 m trở lên', 'over when it is 6.00 m or more'],
    [{ ...stage, op: '<=' }, 'hết khi lên trên 5,40 m', 'over when it is above 5.40 m'],
    [{ ...stage, op: '=' }, 'hết khi khác 5,40 m', 'over when it is not 5.40 m'],
    [{ ...stage, op: '=', clear: 0 }, 'hết khi trở lại 0,00 m', 'over when it is 0.00 m again'],
    [{ ...stage, op: '!=' }, 'hết khi trở lại 5,40 m', 'over when it is 5.40 m again'],
    [{ kind: 'all', of: [hot, damp] }, 'hết khi không còn như vậy', 'over when it is no longer so'],
    [
      { kind: 'expression', when: 'm.ph < 6.0', clear: 'm.ph > 6.5' },
      'hết khi biểu thức đúng: m.ph > 6.5',
      'over when the expression is true: m.ph > 6.5'
    ]
  ])('%j ends so', (when, vi, en) => {
    const one = ruleOf({ levels: [level(when)] })
    expect(sentenceOf(one, names, 'vi').levels[0]).toContain(`; ${vi}.`)
    expect(sentenceOf(one, names, 'en').levels[0]).toContain(`; ${en}.`)
  })

  test('has a sentence for each of its levels, and says what it watches', () => {
    const levels = [level(hot), level({ ...hot, value: 39 }, 'critical')]
    const scope = { sites: ['nam-dan', 'cua-hoi'], devices: ['tram', 'x'], profiles: ['json-weather'], tags: ['lam'] }
    const read = sentenceOf(ruleOf({ per: 'site', scope, levels }), names, 'vi')
    expect(read.about).toBe(
      'Xét chung cả điểm đo tại Nam Đàn, Cửa Hội, trong số Mực nước Nam Đàn, x, kiểu json-weather, mang nhãn lam.'
    )
    expect(read.levels).toHaveLength(2)
    expect(read.levels[1]).toContain('Báo động I (khẩn cấp)')
    expect(sentenceOf(ruleOf({}), names, 'vi').about).toBe('Xét riêng từng thiết bị của đơn vị.')
    expect(sentenceOf(ruleOf({ scope: { devices: ['tram'] } }), names, 'en').levels[0]).toMatch(
      /^At Mực nước Nam Đàn, when air temperature is 35 °C or more/
    )
  })
})
