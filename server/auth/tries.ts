import type { Clock } from '../../model/clock.ts'
import { boundedMemory } from './bounded-memory.ts'

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
  /** Keys that are counted; who has missed least recently is forgotten first. */
  readonly most: number
}

interface Record {
  readonly misses: number
  readonly lastAt: number
}

/** Slows down wrong tries under a key (an account, an address): each makes the next wait longer. */
export class Tries {
  readonly #props: TriesProps
  readonly #records

  constructor(props: TriesProps) {
    this.#props = props
    const { clock, forgetMs: lifeMs, most } = props
    this.#records = boundedMemory<string, Record>({ clock, lifeMs, most })
  }

  /** @returns how long until this key may try again, ms; 0: now. */
  waitMs(key: string): number {
    const { clock, free, firstMs, longestMs } = this.#props
    const record = this.#records.peek(key)
    if (!record || record.misses <= free) return 0
    const delay = Math.min(longestMs, firstMs * 2 ** Math.min(30, record.misses - free - 1))
    return Math.max(0, record.lastAt + delay - clock.monotonic())
  }

  /** Counts a wrong try. @returns how many in a row there have been. */
  miss(key: string): number {
    const misses = (this.#records.peek(key)?.misses ?? 0) + 1
    this.#records.set(key, { misses, lastAt: this.#props.clock.monotonic() })
    return misses
  }

  /** A right try: the key begins anew. */
  forget(key: string): void {
    this.#records.delete(key)
  }
}
