import type { Metric } from '../../model/metric.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { DeviceRecord, SeriesRecord } from './device-record.ts'
import { compareHour, fewestPeers, medianOf, newDrift } from './drift-check.ts'
import { isChecked } from './value-check.ts'

/** What depends on who waters, opens or stands there: neighbours say nothing of it. */
const ofItsPlot: ReadonlySet<string> = new Set([
  ...['soil_moisture', 'soil_conductivity', 'leaf_wetness', 'flow_rate', 'distance', 'illuminance', 'noise_level'],
  ...['device_temperature', 'probe_temperature', 'voltage', 'electric_current', 'power', 'speed']
])

interface Member {
  readonly device: DeviceRecord
  readonly series: SeriesRecord
  readonly mean: number
  /** The places that it stands in, the nearest first. */
  readonly places: readonly string[]
}

interface Known {
  readonly registry: RegistrySnapshot
  readonly metricOf: (device: string, metric: string) => Metric | undefined
}

/** A series whose sensor began to drift, or ceased to. */
export interface DriftChange {
  readonly device: DeviceRecord
  readonly series: SeriesRecord
  readonly isDrifting: boolean
}

/**
 * Compares the hour's mean of every series with those of its neighbours: the same metric at the site, else in the commune,
 * else of the organisation; the nearest that has four of them.
 */
export function compareHours(devices: Iterable<DeviceRecord>, hour: number, known: Known): readonly DriftChange[] {
  const groups = new Map<string, number[]>()
  const members = [...devices].flatMap(device => membersOf(device, hour, known))
  for (const { mean, places } of members) {
    for (const place of places) {
      const group = groups.get(place)
      if (group) group.push(mean)
      else groups.set(place, [mean])
    }
  }
  const medians = new Map(
    [...groups].filter(([, means]) => means.length >= fewestPeers).map(([place, means]) => [place, medianOf(means)])
  )
  return members.flatMap(({ device, series, mean, places }) => {
    const place = places.find(one => medians.has(one))
    const median = place === undefined ? undefined : medians.get(place)
    if (median === undefined) return []
    const drift = (series.drift ??= newDrift())
    const before = drift.isDrifting
    compareHour(drift, mean - median, series.check?.step ?? 0)
    return drift.isDrifting === before ? [] : [{ device, series, isDrifting: drift.isDrifting }]
  })
}

/** The device's series that can be compared and have values of the hour. */
function membersOf(device: DeviceRecord, hour: number, { metricOf, registry }: Known): readonly Member[] {
  return [...device.series.values()].flatMap(series => {
    const mean = meanOf(series, hour)
    const metric = mean === undefined ? undefined : metricOf(device.id, series.metric)
    if (mean === undefined || metric === undefined || !isChecked(metric) || ofItsPlot.has(metric.name)) return []
    return [{ device, series, mean, places: placesOf(device.id, metric.name, registry) }]
  })
}

function meanOf(series: SeriesRecord, hour: number): number | undefined {
  if (series.hour === hour && series.count > 0) return series.sum / series.count
  return series.doneHour === hour ? series.doneMean : undefined
}

function placesOf(device: string, metric: string, registry: RegistrySnapshot): readonly string[] {
  const at = registry.devices.get(device)
  const site = at && registry.sites.get(at.site)
  if (!site) return []
  const commune = registry.communeOf(site)
  return [
    `${metric} site ${site.id}`,
    ...(commune === undefined ? [] : [`${metric} commune ${commune}`]),
    `${metric} organisation ${site.organisation}`
  ]
}
