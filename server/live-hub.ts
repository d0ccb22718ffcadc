import type { HealthChanges } from '../devices/health/fold-state.ts'
import type { LatestRows } from '../storage/series/series-store.ts'
import type { Accounting } from './accounting.ts'

/** What the server pushes to whoever listens. */
export type LiveEvent =
  | { readonly kind: 'readings'; readonly rows: LatestRows }
  | { readonly kind: 'accounting'; readonly accounting: Accounting }
  | { readonly kind: 'registry' }
  | { readonly kind: 'health'; readonly changes: HealthChanges }

/** Hands live events to listeners, and tells the store whether anybody listens at all. */
export class LiveHub {
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  readonly #onAudience: (isAnybody: boolean) => void

  constructor(onAudience: (isAnybody: boolean) => void) {
    this.#onAudience = onAudience
  }

  get size(): number {
    return this.#listeners.size
  }

  publish(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** @returns a function that ends listening. */
  listen(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#onAudience(true)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#onAudience(false)
    }
  }
}
