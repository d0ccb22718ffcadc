/** A topic pattern, compiled. */
export interface TopicPattern {
  /** The MQTT filter to subscribe to. */
  readonly filter: string
  /** Names of levels. */
  readonly names: readonly string[]
  /** @returns the words at the named levels; `undefined` where the topic does not fit. */
  match(topic: string): ReadonlyMap<string, string> | undefined
}

const noNames: ReadonlyMap<string, string> = new Map()

/** @param pattern - as `topicPattern` of the model allows. Matches as MQTT 3.1.1, 4.7 does. */
export function compilePattern(pattern: string): TopicPattern {
  const levels = pattern.split('/')
  const isOpen = levels.at(-1) === '#'
  const fixed = isOpen ? levels.slice(0, -1) : levels
  const names = fixed.filter(level => level.startsWith('{')).map(nameOf)
  const startsWild = levels[0] === '#' || levels[0] === '+' || levels[0]?.startsWith('{') === true
  return {
    filter: levels.map(level => (level.startsWith('{') ? '+' : level)).join('/'),
    names,
    match: topic => {
      // [MQTT-4.7.2-1] A wildcard at the beginning does not stand for topics of the broker's own.
      if (startsWild && topic.startsWith('$')) return undefined
      const words = topic.split('/')
      if (isOpen ? words.length < fixed.length : words.length !== fixed.length) return undefined
      for (const [i, level] of fixed.entries()) {
        if (level !== '+' && !level.startsWith('{') && level !== words[i]) return undefined
      }
      if (names.length === 0) return noNames
      return new Map(fixed.flatMap((level, i) => (level.startsWith('{') ? [[nameOf(level), words[i] ?? '']] : [])))
    }
  }
}

function nameOf(level: string): string {
  return level.slice(1, -1)
}
