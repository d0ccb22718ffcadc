/** What a subject knew after everything up to and with `t` was judged. */
export interface Mark {
  readonly t: number
  /** The next moment at which something would change by itself. */
  readonly next: number
  readonly level: number
  readonly state: Float64Array
}

/** Marks are at least so far apart, ms. */
const apartMs = 5 * 60_000
/** Nothing is judged again from before that, ms: a condition looks back 31 days at most. */
const oldestMs = 32 * 86_400_000

/** A subject's past states, from which it can be judged again: the older, the further apart. Oldest first. */
export class Marks {
  #marks: Mark[]

  constructor(marks: readonly Mark[] = []) {
    this.#marks = [...marks]
  }

  get all(): readonly Mark[] {
    return this.#marks
  }

  get oldestAt(): number {
    return this.#marks[0]?.t ?? Number.POSITIVE_INFINITY
  }

  isDue(t: number): boolean {
    return t - (this.#marks[this.#marks.length - 1]?.t ?? Number.NEGATIVE_INFINITY) >= apartMs
  }

  push(mark: Mark): void {
    this.#marks.push(mark)
    if (this.#marks.length > 3) this.#thin()
  }

  /** @returns the newest from before `t`. */
  before(t: number): Mark | undefined {
    return this.#marks.findLast(mark => mark.t < t)
  }

  /** Forgets those that are not from before `t`. */
  dropFrom(t: number): void {
    while (this.#marks.length > 0 && (this.#marks[this.#marks.length - 1]?.t ?? 0) >= t) this.#marks.pop()
  }

  #thin(): void {
    const newest = this.#marks[this.#marks.length - 1]?.t ?? 0
    let kept = Number.POSITIVE_INFINITY
    this.#marks = this.#marks
      .toReversed()
      .filter(({ t }, index) => {
        // The one before the newest may still become far enough from the next.
        const isKept = index < 2 || (kept - t >= Math.max(apartMs, (newest - kept) / 2) && newest - t < oldestMs)
        if (isKept) kept = t
        return isKept
      })
      .reverse()
  }
}
