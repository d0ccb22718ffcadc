/** Real input is told to the server at most this often. */
const touchEveryMs = 15_000
/** People are warned this long before the session ends, or a fifth of the time, whichever is less. */
const longestWarningMs = 60_000

export interface IdleProps {
  /** Tells the server that somebody is there. */
  readonly touch: () => void
  /** Asks the server whether the session still lives, without counting as somebody being there. */
  readonly check: () => void
}

/**
 * Counts the time since a person last did something, as the server does. Moving about in a page that asks nothing of the server is
 * told to it; what other tabs do is not seen here, so when the time is up the server is asked.
 * All times in ms of one clock.
 */
export class Idle {
  readonly #props: IdleProps
  #idleAfterMs: number | undefined
  #toldAt = 0
  #checkAt = 0

  constructor(props: IdleProps) {
    this.#props = props
  }

  /** Counts anew: the server has just heard of a person. @param idleAfterMs - absent: sessions do not idle. */
  begin(now: number, idleAfterMs: number | undefined): void {
    this.#idleAfterMs = idleAfterMs
    this.#toldAt = now
    this.#checkAt = 0
  }

  /** A person pressed, typed, turned a wheel or touched. */
  input(now: number): void {
    if (this.#idleAfterMs === undefined || now - this.#toldAt < Math.min(touchEveryMs, this.#idleAfterMs / 4)) return
    this.#toldAt = now
    this.#props.touch()
  }

  /** Called about once a second. @returns how long until the session ends, once that is soon; else `undefined`. */
  tick(now: number): number | undefined {
    if (this.#idleAfterMs === undefined) return undefined
    const leftMs = this.#toldAt + this.#idleAfterMs - now
    if (leftMs > 0) return leftMs <= Math.min(longestWarningMs, this.#idleAfterMs / 5) ? leftMs : undefined
    if (now >= this.#checkAt) {
      this.#checkAt = now + touchEveryMs
      this.#props.check()
    }
    return undefined
  }
}
