import type { DeviceHealth, GatewayHealth, HealthEvent } from '../../model/health.ts'
import type { Metric } from '../../model/metric.ts'
import type { Position } from '../../model/position.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import type { DeviceRecord, DeviceSnapshot, SeriesRecord } from './device-record.ts'
import type { GatewaySnapshot } from './gateway-record.ts'
import type { ProfileFacts } from './profile-facts.ts'

export interface HealthFoldProps {
  /** The registry at the position where the fold begins; control records move it on. */
  readonly registry: RegistrySnapshot
  /** As they were shipped; the versions above them are the registry's. */
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
  /** Devices of which nothing is to be kept any more. */
  readonly removed: readonly string[]
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
  /** Devices that were removed, and where: a later one of the same id inherits nothing from before. */
  readonly removed: readonly RemovedDevice[]
}

export interface RemovedDevice {
  readonly device: string
  readonly position: Position
}

/** A series, with the device and the metric that it belongs to. */
export interface WatchedSeries {
  readonly device: DeviceRecord
  readonly series: SeriesRecord
  readonly metric: Metric | undefined
  readonly isChecked: boolean
}
