import type { Clock } from '../../model/clock.ts'

/** First and longest suspension, ms; `firstMs` 0 suspends nothing. */
export interface SuspensionDelays {
  readonly firstMs: number
  readonly longestMs: number
}

interface Suspension {
  readonly delayMs: number
  readonly until: number
}

/**
 * Which codecs wait after a call that had to be ended. Each further such call doubles the wait, up to `longestMs`;
 * a call that ends by itself forgets it all. Keyed by codec id: a new version begins with a clean record.
 */
export class Suspensions {
  readonly #clock: Clock
  readonly #delays: SuspensionDelays
  readonly #byCodec = new Map<string, Suspension>()

  constructor(clock: Clock, delays: SuspensionDelays) {
    this.#clock = clock
    this.#delays = delays
  }

  isSuspended(codecId: string): boolean {
    const suspension = this.#byCodec.get(codecId)
    return suspension !== undefined && this.#clock.monotonic() < suspension.until
  }

  /** @returns how long the codec waits now, ms. */
  suspend(codecId: string): number {
    const before = this.#byCodec.get(codecId)
    const { firstMs, longestMs } = this.#delays
    const delayMs = before === undefined ? firstMs : Math.min(before.delayMs * 2, longestMs)
    this.#byCodec.set(codecId, { delayMs, until: this.#clock.monotonic() + delayMs })
    return delayMs
  }

  forget(codecId: string): void {
    if (this.#byCodec.size > 0) this.#byCodec.delete(codecId)
  }
}
