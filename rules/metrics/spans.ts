/** From `from` to `to`, both inclusive: ends of periods, or moments. */
export type Span = readonly [from: number, to: number]

/** Stretches of a line on which whole steps lie, each once: what has to be calculated again. */
export class Spans {
  readonly #step: number
  #spans: Span[]

  /** @param step - of which all ends are multiples apart: spans that are one step apart become one. */
  constructor(step: number, spans: readonly Span[] = []) {
    this.#step = step
    this.#spans = [...spans]
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0
  }

  /** The first place that is marked. */
  get first(): number | undefined {
    return this.#spans[0]?.[0]
  }

  list(): readonly Span[] {
    return this.#spans
  }

  /** Marks everything from `from` to `to`. */
  add(from: number, to: number): void {
    let [low, high] = [from, to]
    const spans: Span[] = []
    for (const span of this.#spans) {
      if (span[1] + this.#step < low || span[0] - this.#step > high) spans.push(span)
      else [low, high] = [Math.min(low, span[0]), Math.max(high, span[1])]
    }
    const place = spans.findIndex(span => span[0] > high)
    spans.splice(place < 0 ? spans.length : place, 0, [low, high])
    this.#spans = spans
  }

  /** Takes out the first stretch that begins at or before `until`: of it as much as lies there, at most `most` steps. */
  take(until: number, most: number): Span | undefined {
    const [first, ...rest] = this.#spans
    if (!first || first[0] > until) return undefined
    const [from, to] = first
    const end = Math.min(to, until, from + (most - 1) * this.#step)
    const left = end + this.#step
    this.#spans = left <= to ? [[left, to], ...rest] : rest
    return [from, end]
  }
}
