import { Qlobber } from 'qlobber'

const mqttWildcards = { separator: '/', wildcard_one: '+', wildcard_some: '#', match_empty_levels: true }

/** Values by topic filter. [MQTT-4.7.1-1] to [MQTT-4.7.3-3] */
export class TopicFilters<V> {
  readonly #trie = new Qlobber<V>(mqttWildcards)
  #size = 0
  #generation = 0

  /** Rises with every change, so that what was once asked may be remembered until then. */
  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#size
  }

  /** The same value may stand under a filter once. */
  add(filter: string, value: V): void {
    this.#trie.add(filter, value)
    this.#size++
    this.#generation++
  }

  /** @param value - stands under this filter. */
  remove(filter: string, value: V): void {
    this.#trie.remove(filter, value)
    this.#size--
    this.#generation++
  }

  /** @returns the values whose filters fit the topic, one for each filter. */
  match(topic: string): readonly V[] {
    return this.#size === 0 ? [] : this.#trie.match(topic)
  }
}
