import type { Clock } from '../../model/clock.ts'

export interface TriesProps {
  readonly clock: Pick<Clock, 'monotonic'>
  /** Wrong tries that cost nothing. */
  readonly free: number
  /** Wait after the first try that does, ms; each further one doubles it … */
  readonly firstMs: number
  /** … up to this, ms: nobody is kept out for good by what others do. */
  readonly longestMs: number
  /** After so long without a wrong try all is forgotten, ms. */
  readonly forgetMs: number
}

interface Record {
  misses: number
  lastAt: number
}

/** Keys that are counted; who has missed least recently is forgotten first. */
const mostKeys = 100_000

/** Slows down wrong tries under a key (an account, an address): each makes the next wait longer. */
export class Tries {
  readonly #props: TriesProps
  readonly #records = new Map<string, Record>()

  constructor(props: TriesProps) {
    this.#props = props
  }

  /** @returns how long until this key may try again, ms; 0: now. */
  waitMs(key: string): number {
    const { clock, free, firstMs, longestMs } = this.#props
    const record = this.#present(key)
    if (!record || record.misses <= free) return 0
    const delay = Math.min(longestMs, firstMs * 2 ** Math.min(30, record.misses - free - 1))
    return Math.max(0, record.lastAt + delay - clock.monotonic())
  }

  /** Counts a wrong try. @returns how many in a row there have been. */
  miss(key: string): number {
    const record = this.#present(key) ?? { misses: 0, lastAt: 0 }
    record.misses++
    record.lastAt = this.#props.clock.monotonic()
    this.#records.delete(key)
    this.#records.set(key, record)
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= mostKeys) break
      this.#records.delete(oldest)
    }
    return record.misses
  }

  /** A right try: the key begins anew. */
  forget(key: string): void {
    this.#records.delete(key)
  }

  #present(key: string): Record | undefined {
    const record = this.#records.get(key)
    if (record && this.#props.clock.monotonic() - record.lastAt > this.#props.forgetMs) {
      this.#records.delete(key)
      return undefined
    }
    return record
  }
}
