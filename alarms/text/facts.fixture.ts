import type { AlarmFacts } from '../../model/alarm.ts'

/** 14:20 on 22 November 2026 in Việt Nam. */
export const floodAt = Date.UTC(2026, 10, 22, 7, 20)

/** The river at Nam Đàn above báo động 2. */
export function floodFacts(change: Partial<AlarmFacts> = {}): AlarmFacts {
  return {
    about: 'worse',
    alarm: '1204~nam-dan~1~device~muc-nuoc-nam-dan',
    severity: 'high',
    what: { vi: 'Mực nước sông Lam tại Nam Đàn', en: 'Water level of the Lam at Nam Dan' },
    levelName: { vi: 'Báo động II', en: 'Alarm level II' },
    subject: 'Trạm Nam Đàn',
    place: 'xã Nam Đàn',
    value: {
      metric: { vi: 'Mực nước', en: 'Water level' },
      ...{ value: 7.1, unit: 'm', limit: { op: '>=', value: 6.9 }, t: floodAt + 600_000 }
    },
    since: floodAt,
    isStillTrue: true,
    isRetrospective: false,
    advice: { vi: 'Kiểm tra bờ bao, sẵn sàng di dời.', en: 'Check the dikes, be ready to move.' },
    contact: { name: 'Nguyễn Văn Bảo', phone: '+84987654321' },
    ...{ replyCode: '4821', link: 'https://sen.example.vn/a/Xk3v9' },
    isSimulated: false,
    ...change
  }
}
