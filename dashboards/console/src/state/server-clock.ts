/** Differences up to this are the link's and the whole seconds of HTTP dates, ms. */
const ignoredMs = 3_000

/** The server's wall time as far as the page knows it: a phone whose clock is wrong still shows true ages. */
export class ServerClock {
  readonly #wall: () => number
  #aheadMs = 0

  /** @param wall - this machine's wall time, ms since the epoch. */
  constructor(wall: () => number) {
    this.#wall = wall
  }

  /** @param at - what the server's clock says now, ms since the epoch, whole seconds. */
  heard(at: number): void {
    const aheadMs = at - this.#wall()
    this.#aheadMs = Math.abs(aheadMs) > ignoredMs ? aheadMs : 0
  }

  now(): number {
    return this.#wall() + this.#aheadMs
  }
}
