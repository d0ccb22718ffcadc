import type { SentenceWords } from './words.ts'

/** As people in Việt Nam say it. */
export const vietnamese: SentenceWords = {
  and: ' và ',
  or: ' hoặc ',
  severity: { low: 'thấp', medium: 'trung bình', high: 'cao', critical: 'khẩn cấp' },
  beyond: {
    '>=': (subject, limit) => `${subject} từ ${limit} trở lên`,
    '>': (subject, limit) => `${subject} trên ${limit}`,
    '<=': (subject, limit) => `${subject} từ ${limit} trở xuống`,
    '<': (subject, limit) => `${subject} dưới ${limit}`,
    '=': (subject, limit) => `${subject} bằng ${limit}`,
    '!=': (subject, limit) => `${subject} khác ${limit}`
  },
  back: {
    '>=': limit => `xuống dưới ${limit}`,
    '>': limit => `xuống còn ${limit} trở xuống`,
    '<=': limit => `lên trên ${limit}`,
    '<': limit => `lên từ ${limit} trở lên`,
    '=': limit => `khác ${limit}`,
    '!=': limit => `trở lại ${limit}`
  },
  yes: claim => `${claim}: có`,
  no: claim => `${claim}: không`,
  ofDevice: (metric, device) => `${metric} của ${device}`,
  aboveDatum: metric => `${metric} (theo cao trình trạm)`,
  rise: (metric, by, over, isOrMore) => `${metric} tăng ${isOrMore ? `từ ${by} trở lên` : `trên ${by}`} trong ${over}`,
  fall: (metric, by, over, isOrMore) => `${metric} giảm ${isOrMore ? `từ ${by} trở lên` : `trên ${by}`} trong ${over}`,
  change: (metric, over) => `mức thay đổi của ${metric} trong ${over}`,
  window: {
    sum: (metric, over) => `tổng ${metric} trong ${over}`,
    mean: (metric, over) => `${metric} trung bình trong ${over}`,
    min: (metric, over) => `${metric} thấp nhất trong ${over}`,
    max: (metric, over) => `${metric} cao nhất trong ${over}`,
    count: (metric, over) => `số lần báo ${metric} trong ${over}`
  },
  several: (metric, n, m) => `ít nhất ${n} trong ${m} giá trị gần nhất của ${metric}`,
  absenceFor: (what, duration) => `không nhận được ${what} suốt ${duration}`,
  absenceIntervals: (what, intervals) => `không nhận được ${what} suốt ${intervals} chu kỳ gửi`,
  absence: what => `không nhận được ${what} lâu hơn nhịp gửi thường ngày`,
  anything: 'tin nào của thiết bị',
  anythingOf: device => `tin nào của ${device}`,
  stuck: (metric, duration) => `${metric} đứng yên suốt ${duration} dù vẫn báo về`,
  deviation: (metric, by, neighbours, atLeast) =>
    `${metric} lệch từ ${by} trở lên so với trung vị của ${neighbours} (có ít nhất ${atLeast} trạm)`,
  neighboursAtSite: 'các trạm cùng điểm đo',
  neighboursWithin: radius => `các trạm trong vòng ${radius}`,
  where: {
    inside: area => `thiết bị ở trong ${area}`,
    outside: area => `thiết bị ra ngoài ${area}`
  },
  circle: (radius, latitude, longitude) => `vùng bán kính ${radius} quanh điểm ${latitude}; ${longitude}`,
  polygon: points => `vùng ${points} đỉnh đã vẽ`,
  times: (from, to) => `trong khoảng ${from}–${to}`,
  days: ['thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'],
  onDays: days => `vào ${days}`,
  inMonths: months => `trong tháng ${months.join(', ')}`,
  always: 'bất kỳ lúc nào',
  expression: text => `biểu thức đúng: ${text}`,
  health: {
    'device-silent': 'thiết bị im lặng lâu hơn nhịp gửi của nó',
    'gateway-down': 'trạm thu (gateway) mất liên lạc',
    'clock-wrong': 'đồng hồ của thiết bị sai',
    'battery-low': 'pin của thiết bị sắp hết',
    'value-stuck': 'có giá trị đứng yên bất thường',
    'value-spiking': 'có giá trị nhảy bất thường',
    'value-drifting': 'có giá trị trôi dần khỏi các trạm lân cận'
  },
  not: condition => `không phải là ${condition}`,
  lasting: (condition, duration) => `${condition} suốt ${duration}`,
  agree: (atLeast, condition) => `ít nhất ${atLeast} thiết bị của điểm đo cùng báo ${condition}`,
  until: back => `tới khi ${back}`,
  level: (place, condition, name, severity, end) =>
    `${place === '' ? 'Khi' : `${place}, khi`} ${condition}: ${name} (${severity}); ${end}.`,
  over: how => `hết khi ${how}`,
  overWhenNot: 'hết khi không còn như vậy',
  overWhenFalse: text => `hết khi biểu thức đúng: ${text}`,
  atSite: site => `Tại ${site}`,
  atDevice: device => `Ở ${device}`,
  about: {
    device: scope => `Xét riêng từng thiết bị${scope.length === 0 ? ' của đơn vị' : ` ${scope.join(', ')}`}.`,
    site: scope => `Xét chung cả điểm đo${scope.length === 0 ? ' của đơn vị' : ` ${scope.join(', ')}`}.`
  },
  sites: list => `tại ${list}`,
  devices: list => `trong số ${list}`,
  profiles: list => `kiểu ${list}`,
  tags: list => `mang nhãn ${list}`
}
