import type { SeriesDefinition, SeriesId, SeriesKey } from '../../model/series.ts'

/** Placeholders for series without an id yet begin here: above every id there will be. */
export const firstPlaceholder = 2 ** 31

/** Gives each key its id, durable when the promise resolves. */
export type AllocateSeries = (keys: readonly SeriesKey[]) => Promise<readonly SeriesId[]>

type ByMetric = Map<string, SeriesId>

/**
 * The ids of all series, in memory. A new series gets a placeholder at once, and its id when the batch is closed:
 * one request to the state store a batch, none in the common case.
 */
export class SeriesDirectory {
  /** Organisation, then device, then metric. */
  readonly #ids = new Map<string, Map<string, ByMetric>>()
  readonly #allocate: AllocateSeries
  #wanted: SeriesKey[] = []

  constructor(known: Iterable<SeriesDefinition>, allocate: AllocateSeries) {
    this.#allocate = allocate
    for (const series of known) this.seriesOf(series.organisation, series.device).set(series.metric, series.id)
  }

  /** @returns metric → id of one device, to be looked into row by row. */
  seriesOf(organisation: string, device: string): ByMetric {
    const devices = this.#ids.get(organisation) ?? new Map<string, ByMetric>()
    this.#ids.set(organisation, devices)
    const series = devices.get(device) ?? (new Map() as ByMetric)
    devices.set(device, series)
    return series
  }

  /** @returns a placeholder for a series that has no id yet, the same until `settle`. */
  placeholder(key: SeriesKey): number {
    const placeholder = firstPlaceholder + this.#wanted.length
    this.#wanted.push(key)
    this.seriesOf(key.organisation, key.device).set(key.metric, placeholder)
    return placeholder
  }

  /** @returns the new series, in the order of their placeholders; empty in the common case. */
  async settle(): Promise<readonly SeriesDefinition[]> {
    if (this.#wanted.length === 0) return []
    const ids = await this.#allocate(this.#wanted)
    const settled = this.#wanted.map((key, i) => ({ ...key, id: ids[i] ?? 0 }))
    this.#wanted = []
    for (const { id, organisation, device, metric } of settled) this.seriesOf(organisation, device).set(metric, id)
    return settled
  }
}
