import type { Metric } from '../../model/metric.ts'
import { qualityText } from '../../model/quality.ts'
import type { LatestRows } from '../../storage/series/series-store.ts'
import { shownValue } from '../readings-answer.ts'
import type { Services } from '../services.ts'

/** One newest value, as the API and the live stream say it. */
export interface ReadingItem {
  readonly device: string
  readonly metric: string
  readonly t: string
  readonly value: number | boolean | string
  readonly unit: string
  readonly quality: string
}

/** @returns items for the rows whose series are known. */
export function latestItems(
  rows: LatestRows,
  services: Pick<Services, 'series' | 'metricCatalogue'>
): readonly ReadingItem[] {
  return rows.series.flatMap((id, i) => {
    const series = services.series.get(id)
    if (!series) return []
    const { unit, kind } = metricOf(services, series.metric)
    return {
      device: series.device,
      metric: series.metric,
      t: new Date(rows.time[i] ?? 0).toISOString(),
      value: shownValue(rows.value[i] ?? 0, kind),
      unit,
      quality: qualityText(rows.quality[i] ?? 0)
    }
  })
}

/** @returns unit and kind of a metric; a metric no catalogue knows is a plain number. */
export function metricOf(services: Pick<Services, 'metricCatalogue'>, metric: string): Pick<Metric, 'unit' | 'kind'> {
  return services.metricCatalogue.get(metric) ?? { unit: '', kind: 'number' }
}
