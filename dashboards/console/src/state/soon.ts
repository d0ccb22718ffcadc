/** Runs an action `delayMs` after it is first asked for; being asked again meanwhile changes nothing. */
export class Soon {
  readonly #delayMs: number
  readonly #action: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(delayMs: number, action: () => void) {
    this.#delayMs = delayMs
    this.#action = action
  }

  please(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#action()
    }, this.#delayMs)
  }
}
