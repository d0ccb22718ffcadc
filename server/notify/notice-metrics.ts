import type { Services } from '../services.ts'

/** Figures of telling people, for Prometheus. */
export function noticeMetrics({ metrics, notices, notifier }: Services): void {
  metrics.gauges('sen_notices', 'Notices of alarms, by what became of them', 'state', () => notices.counts())
  metrics.gauge('sen_notices_under_way', 'Notices that a channel is trying to send now', () => notifier.underWay)
  metrics.gauge(
    'sen_notifier_age_seconds',
    'Time since the loop that tells people came round last',
    () => (notifier.ageMs ?? 0) / 1000
  )
}
