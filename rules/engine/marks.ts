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

/**
 * A subject's past states, from which it can be judged again: the older, the further apart. Oldest first. They lie in one
 * list of numbers, so that a mark that is set allocates nothing.
 */
export class Marks {
  /** Numbers a mark has: t, next, level, and the state. */
  readonly #width: number
  readonly #numbers: number[] = []
  #count = 0

  constructor(marks: readonly Mark[], places: number) {
    this.#width = 3 + places
    for (const mark of marks) this.push(mark)
  }

  get all(): readonly Mark[] {
    return Array.from({ length: this.#count }, (_, index) => this.#mark(index))
  }

  get oldestAt(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#timeOf(0)
  }

  isDue(t: number): boolean {
    return this.#count === 0 || t - this.#timeOf(this.#count - 1) >= apartMs
  }

  /** Copies the mark. */
  push({ t, next, level, state }: Mark): void {
    const numbers = this.#numbers
    let place = this.#count * this.#width
    numbers[place++] = t
    numbers[place++] = next
    numbers[place++] = level
    for (let i = 3; i < this.#width; i++) numbers[place++] = state[i - 3] ?? Number.NaN
    this.#count++
    if (this.#count > most) this.#thin()
  }

  /** @returns the newest from before `t`. */
  before(t: number): Mark | undefined {
    for (let index = this.#count - 1; index >= 0; index--) if (this.#timeOf(index) < t) return this.#mark(index)
    return undefined
  }

  /** Forgets those that are not from before `t`. */
  dropFrom(t: number): void {
    while (this.#count > 0 && this.#timeOf(this.#count - 1) >= t) this.#count--
  }

  #timeOf(index: number): number {
    return this.#numbers[index * this.#width] ?? 0
  }

  #mark(index: number): Mark {
    const from = index * this.#width
    const [t = 0, next = 0, level = 0] = this.#numbers.slice(from, from + 3)
    return { t, next, level, state: this.#numbers.slice(from + 3, from + this.#width) }
  }

  #thin(): void {
    const newest = this.#timeOf(this.#count - 1)
    let kept = Number.POSITIVE_INFINITY
    let to = this.#count
    for (let index = this.#count - 1; index >= 0; index--) {
      const t = this.#timeOf(index)
      // The one before the newest may still become far enough from the next.
      const isNew = index >= this.#count - 2
      const isFar = index === 0 || kept - t >= Math.max(apartMs, (newest - kept) / 2)
      if (!isNew && !(isFar && newest - t < oldestMs)) continue
      kept = t
      to--
      this.#numbers.copyWithin(to * this.#width, index * this.#width, (index + 1) * this.#width)
    }
    this.#numbers.copyWithin(0, to * this.#width, this.#count * this.#width)
    this.#count -= to
  }
}
