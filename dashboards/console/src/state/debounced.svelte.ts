/** A text that follows what is typed once nothing has been typed for `delayMs`. */
export class Debounced {
  /** What stands in the field. */
  typed = $state('')
  /** What is searched for. */
  settled = $state('')
  readonly #delayMs: number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  type(text: string): void {
    this.typed = text
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.settle(), this.#delayMs)
  }

  /** Without waiting. */
  settle(): void {
    clearTimeout(this.#timer)
    this.settled = this.typed.trim()
  }
}
