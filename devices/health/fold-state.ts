import type { DeviceHealth, GatewayHealth, HealthEvent } from '../../model/health.ts'
import type { Metric } from '../../model/metric.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import type { DeviceRecord, DeviceSnapshot, SeriesRecord } from './device-record.ts'
import type { GatewaySnapshot } from './gateway-record.ts'

/** What a profile says that health depends on. */
export interface ProfileFacts {
  readonly profile: { readonly intervalS?: number | undefined }
  readonly metrics: readonly Metric[]
}

/** @returns of each profile what health depends on, and nothing that could not go to another thread. */
export function profileFactsOf(profiles: ReadonlyMap<string, ProfileFacts>): ReadonlyMap<string, ProfileFacts> {
  return new Map(
    [...profiles].map(([id, { profile, metrics }]) => [id, { profile: { intervalS: profile.intervalS }, metrics }])
  )
}

export interface HealthFoldProps {
  /** The registry at the position where the fold begins; control records move it on. */
  readonly registry: RegistrySnapshot
  readonly profiles: ReadonlyMap<string, ProfileFacts>
  /** The catalogue, for metrics that the profile does not name. */
  readonly metrics: ReadonlyMap<string, Metric>
  readonly seriesOf: (id: SeriesId) => SeriesDefinition | undefined
  /** What was known there. */
  readonly kept?: HealthSnapshot | undefined
}

/** As the fold is kept between starts: of devices and gateways those that changed since the last one. */
export interface HealthSnapshot {
  readonly time: FoldTime
  readonly devices: readonly (readonly [id: string, DeviceSnapshot])[]
  readonly gateways: readonly (readonly [id: string, GatewaySnapshot])[]
}

/** Where a fold stands in time. */
export interface FoldTime {
  /** Receive time of the last tick. */
  now: number
  /** Since when Sen has been there without a pause. */
  presentSince: number
  evaluated: number
  hour: number
}

/** What became known. */
export interface HealthChanges {
  /** Opened, grown or ended. */
  readonly events: readonly HealthEvent[]
  /** Whose state changed, or what is doubted of them. */
  readonly devices: readonly DeviceHealth[]
  readonly gateways: readonly GatewayHealth[]
}

/** A series, with the device and the metric that it belongs to. */
export interface WatchedSeries {
  readonly device: DeviceRecord
  readonly series: SeriesRecord
  readonly metric: Metric | undefined
  readonly isChecked: boolean
}
