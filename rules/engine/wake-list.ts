import type { RuleSubject } from './rule-subject.ts'

/** Which subjects change by themselves, and in which second. */
export class WakeList {
  readonly #bySecond = new Map<number, RuleSubject[]>()
  #lastS = 0

  /** @param now - receive time, ms: what is due already is told at the next tick. */
  add(subject: RuleSubject, now: number): void {
    if (!Number.isFinite(subject.next)) return
    const second = Math.max(Math.ceil(subject.next / 1000), Math.floor(now / 1000) + 1)
    // One that wakes earlier than it must looks again.
    if (subject.wakesAtS <= second && subject.wakesAtS > this.#lastS) return
    subject.wakesAtS = second
    const list = this.#bySecond.get(second)
    if (list) list.push(subject)
    else this.#bySecond.set(second, [subject])
  }

  /** @returns those that are due, in the order of their keys. */
  due(now: number): readonly RuleSubject[] {
    const second = Math.floor(now / 1000)
    const seconds =
      second - this.#lastS > 3600 ? [...this.#bySecond.keys()].filter(s => s <= second) : range(this.#lastS, second)
    this.#lastS = Math.max(this.#lastS, second)
    const due = new Set<RuleSubject>()
    for (const one of seconds) {
      for (const subject of this.#bySecond.get(one) ?? []) if (subject.wakesAtS <= second) due.add(subject)
      this.#bySecond.delete(one)
    }
    for (const subject of due) subject.wakesAtS = Number.POSITIVE_INFINITY
    return [...due].sort((a, b) => (a.key < b.key ? -1 : 1))
  }
}

function* range(after: number, to: number): Generator<number> {
  for (let second = after + 1; second <= to; second++) yield second
}
