import { TopicFilters } from './topic-filters.ts'

/** A subscriber inside the broker: is given the message and calls back when it has taken it. */
type Notify = (message: unknown, done: () => void) => void

/**
 * Hands messages to subscribers in place of aedes' own emitter, which lets a hundred messages through at a time and waits
 * for the slowest reader of each: here nobody waits for anybody, and each connection bounds what waits for it.
 */
export class Delivery {
  readonly #filters = new TopicFilters<Notify>()
  #isClosed = false

  get generation(): number {
    return this.#filters.generation
  }

  on(filter: string, notify: Notify, done?: () => void): this {
    this.#filters.add(filter, notify)
    if (done) setImmediate(done)
    return this
  }

  removeListener(filter: string, notify: Notify, done?: () => void): this {
    this.#filters.remove(filter, notify)
    if (done) setImmediate(done)
    return this
  }

  emit(message: { readonly topic: string }, done: (error?: Error) => void): this {
    if (this.#isClosed) {
      done(new Error('deliver message: the broker is closed'))
      return this
    }
    for (const notify of this.#filters.match(message.topic)) notify(message, ignore)
    done()
    return this
  }

  /** Whether anybody is connected who wants messages of this topic. */
  isWanted(topic: string): boolean {
    return this.#filters.match(topic).length > 0
  }

  close(done: () => void): this {
    this.#isClosed = true
    setImmediate(done)
    return this
  }
}

function ignore(): void {
  // Whether a subscriber has taken the message is its connection's business.
}
