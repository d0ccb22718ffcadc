/** What a subject knew after everything up to and with `t` was judged. */
export interface Mark {
  readonly t: number
  /** The next moment at which something would change by itself. */
  readonly next: number
  readonly level: number
  readonly state: number[]
}

/** Marks are at least so far apart, ms. */
const apartMs = 8 * 60_000
/** From so many on they are made fewer: about eight are left. */
const most = 12
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
    if (this.#marks.length > most) this.#thin()
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
      .filter(({ t }, index, { length }) => {
        // The one before the newest may still become far enough from the next.
        const isFar = index < 2 || index === length - 1 || kept - t >= Math.max(apartMs, (newest - kept) / 2)
        const isKept = isFar && (index < 2 || newest - t < oldestMs)
        if (isKept) kept = t
        return isKept
      })
      .reverse()
  }
}
