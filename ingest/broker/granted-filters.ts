import { TopicFilters } from './topic-filters.ts'

type Qos = 0 | 1 | 2

/** The topic filters that one connection was granted, each with its QoS. */
export class GrantedFilters {
  readonly #qosOf = new Map<string, Qos>()
  /** Made when the first message comes: most connections never hear one. */
  #filters: TopicFilters<string> | undefined

  get size(): number {
    return this.#qosOf.size
  }

  /** The filters themselves. */
  names(): readonly string[] {
    return [...this.#qosOf.keys()]
  }

  has(filter: string): boolean {
    return this.#qosOf.has(filter)
  }

  grant(filter: string, qos: Qos): void {
    if (!this.#qosOf.has(filter)) this.#filters?.add(filter, filter)
    this.#qosOf.set(filter, qos)
  }

  withdraw(filter: string): void {
    if (this.#qosOf.delete(filter)) this.#filters?.remove(filter, filter)
  }

  /** @returns the highest QoS of the filters that fit the topic [MQTT-3.3.5-1]; `undefined` if none does. */
  qosOf(topic: string): Qos | undefined {
    let highest: Qos | undefined
    for (const filter of this.#trie().match(topic)) {
      const qos = this.#qosOf.get(filter) ?? 0
      if (highest === undefined || qos > highest) highest = qos
    }
    return highest
  }

  #trie(): TopicFilters<string> {
    if (this.#filters) return this.#filters
    this.#filters = new TopicFilters()
    for (const filter of this.#qosOf.keys()) this.#filters.add(filter, filter)
    return this.#filters
  }
}
