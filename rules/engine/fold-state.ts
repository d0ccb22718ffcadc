import type { Position } from '../../model/position.ts'
import type { Quality } from '../../model/quality.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import type { KeptState } from '../../storage/state/health-store.ts'

export interface RuleFoldProps {
  /** The registry at the position where the fold begins; control records move it on, so it is the fold's own. */
  readonly registry: RegistrySnapshot
  /** Profile → how often its devices are expected to report, s: as shipped; versions above them are the registry's. */
  readonly intervals: ReadonlyMap<string, number | undefined>
  readonly seriesOf: (id: SeriesId) => SeriesDefinition | undefined
  /** What was known there: everything that `takeSnapshot` gave, the newest of each thing. */
  readonly kept?: KeptState | undefined
}

/** A subject of a rule whose past has changed further back than the fold remembers: it has to be judged again. */
export interface DirtyRule {
  readonly rule: string
  /** Device or site, as the rule is per. */
  readonly subject: string
  /** Event time from which on it may be different, ms since the epoch. */
  readonly from: number
  /** Raw position of the newest message that said so. The series store must have it before it is read. */
  readonly position: Position
}

/** What must be read of the series store to judge a subject again. */
export interface HistoryNeed {
  readonly series: readonly { readonly device: string; readonly metric: string }[]
  /** From (inclusive) to (exclusive), ms since the epoch. */
  readonly from: number
  readonly to: number
}

/** Stored rows in columns, as `SeriesStore.scan` gives them: by series and time. */
export interface HistoryPage {
  readonly series: ArrayLike<SeriesId>
  readonly time: ArrayLike<number>
  readonly value: ArrayLike<number | string>
  readonly quality: ArrayLike<Quality>
}

/** An alarm as it is recorded, withdrawn ones left out: what late data is compared with. */
export interface RecordedAlarm {
  readonly id: string
  readonly onset: number
  /** `undefined` while its condition holds. */
  readonly clearedAt: number | undefined
  readonly highestLevel: number
  /** Nobody was told of it when it was found. */
  readonly isRetrospective?: boolean
}
