import type { SeriesDefinition, SeriesId } from '../model/series.ts'

/** Every series in memory: by id, and by device and metric, for turning a question into series ids. */
export class SeriesCatalogue {
  readonly #byId = new Map<SeriesId, SeriesDefinition>()
  readonly #byDevice = new Map<string, SeriesDefinition[]>()

  constructor(series: Iterable<SeriesDefinition> = []) {
    for (const one of series) this.add(one)
  }

  add(series: SeriesDefinition): void {
    if (this.#byId.has(series.id)) return
    this.#byId.set(series.id, series)
    const present = this.#byDevice.get(series.device)
    if (present) present.push(series)
    else this.#byDevice.set(series.device, [series])
  }

  get(id: SeriesId): SeriesDefinition | undefined {
    return this.#byId.get(id)
  }

  ofDevice(device: string): readonly SeriesDefinition[] {
    return this.#byDevice.get(device) ?? []
  }
}
