/** The part of `qlobber` that is used: a trie of topic filters. The package brings no types. */
declare module 'qlobber' {
  export interface QlobberOptions {
    readonly separator: string
    readonly wildcard_one: string
    readonly wildcard_some: string
    /** [MQTT-4.7.1-3] Whether wildcards match empty levels. */
    readonly match_empty_levels?: boolean
  }

  export class Qlobber<V> {
    constructor(options: QlobberOptions)
    add(filter: string, value: V): this
    remove(filter: string, value?: V): this
    /** Values of all filters that fit; once for each filter. */
    match(topic: string): V[]
  }
}
