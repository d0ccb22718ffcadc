import type { WrittenStep } from '../storage/state/alarm-store.ts'

/** Hands steps of alarms on, once they are kept and in their order, to whoever listens in this thread. */
export class AlarmFeed {
  readonly #listeners = new Set<(written: readonly WrittenStep[]) => void>()

  publish(written: readonly WrittenStep[]): void {
    for (const listener of this.#listeners) listener(written)
  }

  /** @returns a function that ends listening. */
  listen(listener: (written: readonly WrittenStep[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
