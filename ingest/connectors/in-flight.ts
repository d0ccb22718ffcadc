/**
 * Places for messages that are in memory and not yet durable. Who finds none waits, and gets the next one that is free.
 */
export class InFlight {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #taken = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  /** Calls back once a place is taken, at once if one is free. Each needs one `give`. */
  take(taken: () => void): void {
    if (this.#taken >= this.#limit) {
      this.#waiting.push(taken)
      return
    }
    this.#taken++
    taken()
  }

  /** Gives a place back, or hands it to whoever waits longest. */
  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken--
    else next()
  }
}
