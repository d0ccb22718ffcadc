import { ownMetricsOf } from '../model/calculation.ts'
import { metricCatalogue } from '../model/metric.ts'
import type { Metric } from '../model/metric.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'

/** Adds to the catalogue what profiles and calculations bring along. What was added once stays: readings may have its name. */
export function addKnownMetrics(
  known: Map<string, Metric>,
  profiles: ReadonlyMap<string, { readonly metrics: readonly Metric[] }>,
  registry: Pick<RegistrySnapshot, 'calculations'>
): void {
  for (const [name, metric] of metricCatalogue) known.set(name, metric)
  for (const { metrics } of profiles.values()) for (const metric of metrics) known.set(metric.name, metric)
  for (const metric of ownMetricsOf(registry)) known.set(metric.name, metric)
}
