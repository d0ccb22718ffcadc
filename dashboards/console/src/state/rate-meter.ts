interface Sample {
  readonly at: number
  readonly count: number
}

const windowMs = 15_000
const shortestMs = 900

/** The rate of a growing counter over the last 15 s. */
export class RateMeter {
  #samples: Sample[] = []

  /** @param at - ms, monotone. A counter that runs back (a restarted server) begins anew. */
  add(at: number, count: number): void {
    const last = this.#samples.at(-1)
    if (last && count < last.count) this.#samples = []
    this.#samples.push({ at, count })
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > windowMs) this.#samples.shift()
  }

  /** @returns per second, or `undefined` until two samples stand far enough apart to say. */
  perSecond(): number | undefined {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (!first || !last || last.at - first.at < shortestMs) return undefined
    return ((last.count - first.count) / (last.at - first.at)) * 1000
  }

  forget(): void {
    this.#samples = []
  }
}
