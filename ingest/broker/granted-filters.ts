import { TopicFilters } from './topic-filters.ts'

type Qos = 0 | 1 | 2

/** The topic filters that one connection was granted, each with its QoS. */
export class GrantedFilters {
  readonly #qosOf = new Map<string, Qos>()
  /** Only where there are several: most connections have one. */
  #filters: TopicFilters<string> | undefined

  get size(): number {
    return this.#qosOf.size
  }

  has(filter: string): boolean {
    return this.#qosOf.has(filter)
  }

  grant(filter: string, qos: Qos): void {
    if (!this.#qosOf.has(filter)) this.#filters?.add(filter, filter)
    this.#qosOf.set(filter, qos)
    if (this.#qosOf.size < 2 || this.#filters) return
    this.#filters = new TopicFilters()
    for (const one of this.#qosOf.keys()) this.#filters.add(one, one)
  }

  withdraw(filter: string): void {
    if (this.#qosOf.delete(filter)) this.#filters?.remove(filter, filter)
  }

  /** @returns the highest QoS of the filters that fit a topic which one of them fits. [MQTT-3.3.5-1] */
  qosOf(topic: string): Qos {
    const fitting = this.#filters ? this.#filters.match(topic) : this.#qosOf.keys()
    let highest: Qos = 0
    for (const filter of fitting) {
      const qos = this.#qosOf.get(filter) ?? 0
      if (qos > highest) highest = qos
    }
    return highest
  }
}
