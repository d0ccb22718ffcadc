import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../model/series.ts'
import type { StateStore } from '../../storage/state/state-store.ts'

/** The series that batches speak of. They are given out while a reader reads: those of a batch are in the state before the batch is in the log. */
export class DerivedSeries {
  readonly #state: Pick<StateStore, 'series'>
  #byId: (SeriesDefinition | undefined)[] = []
  #byKey = new Map<string, SeriesId>()

  constructor(state: Pick<StateStore, 'series'>) {
    this.#state = state
  }

  async read(): Promise<void> {
    const byId: (SeriesDefinition | undefined)[] = []
    const byKey = new Map<string, SeriesId>()
    for (const one of await this.#state.series()) {
      byId[one.id] = one
      byKey.set(keyOf(one), one.id)
    }
    this.#byId = byId
    this.#byKey = byKey
  }

  /** Resolves once every series of the batch is known. */
  async know(batch: ReadingBatch): Promise<void> {
    for (let row = 0; row < batch.length; row++)
      if (this.#byId[batch.series[row] ?? 0] === undefined) return this.read()
  }

  of(id: SeriesId): SeriesDefinition | undefined {
    return this.#byId[id]
  }

  find(key: SeriesKey): SeriesId | undefined {
    return this.#byKey.get(keyOf(key))
  }
}

const keyOf = ({ organisation, device, metric }: SeriesKey): string => `${organisation}\n${device}\n${metric}`
