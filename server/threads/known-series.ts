import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../model/series.ts'
import type { StateStore } from '../../storage/state/state-store.ts'

/** What series are, for who follows the readings log: those of a batch are in the state before the batch is in the log. */
export class KnownSeries {
  readonly #store: Pick<StateStore, 'series'>
  readonly #byId: (SeriesDefinition | undefined)[] = []
  readonly #byDevice = new Map<string, SeriesDefinition[]>()
  #newest: SeriesId = 0

  constructor(store: Pick<StateStore, 'series'>) {
    this.#store = store
  }

  of(id: SeriesId): SeriesDefinition | undefined {
    return this.#byId[id]
  }

  /** @returns the series of a metric of a device in one organisation, if there is one. */
  find({ organisation, device, metric }: SeriesKey): SeriesId | undefined {
    return this.#byDevice.get(device)?.find(one => one.metric === metric && one.organisation === organisation)?.id
  }

  /** Every series that a metric of a device has had: one for each organisation that it belonged to. */
  ofMetric(device: string, metric: string): readonly SeriesId[] {
    return (this.#byDevice.get(device) ?? []).filter(one => one.metric === metric).map(({ id }) => id)
  }

  /** Makes sure that the series of a batch are known. */
  async learn(batch: ReadingBatch): Promise<void> {
    for (let row = 0; row < batch.length; row++)
      if (this.#byId[batch.series[row] ?? 0] === undefined) return this.learnAll()
  }

  /** Makes sure that every series is known that there is now. */
  async learnAll(): Promise<void> {
    for (const one of await this.#store.series(this.#newest)) this.#add(one)
  }

  /** Two who ask at once are told the same. */
  #add(one: SeriesDefinition): void {
    if (this.#byId[one.id] !== undefined) return
    this.#byId[one.id] = one
    this.#newest = one.id
    const present = this.#byDevice.get(one.device)
    if (present) present.push(one)
    else this.#byDevice.set(one.device, [one])
  }
}
