import type { Services } from './services.ts'

/** Figures of alarms for Prometheus. */
export function alarmMetrics({ alarms, alarmFeed, metrics }: Services): void {
  metrics.gauges('sen_alarms', 'Alarms by state', 'state', () => alarms.counts({}))
  const count = metrics.counter('sen_alarm_changes_total', 'Steps of alarms since this start, by kind', 'kind')
  alarmFeed.listen(written => {
    for (const { step } of written) count(step.body.kind)
  })
}
