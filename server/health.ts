/** Why Sen is not ready, or may soon not be: a stable name and words for the operator. */
export interface NotReady {
  readonly reason: string
  readonly detail: string
}

/** What stands in the way of being ready, by reason (none: ready), and what soon may. */
export class Health {
  readonly #reasons = new Map<string, string>([['starting', 'Sen is starting']])
  readonly #warnings = new Map<string, string>()

  set(reason: string, detail: string): void {
    this.#reasons.set(reason, detail)
  }

  clear(reason: string): void {
    this.#reasons.delete(reason)
  }

  /** Says that a human must see to something before it stands in the way. */
  warn(reason: string, detail: string): void {
    this.#warnings.set(reason, detail)
  }

  clearWarning(reason: string): void {
    this.#warnings.delete(reason)
  }

  get warnings(): readonly NotReady[] {
    return [...this.#warnings].map(([reason, detail]) => ({ reason, detail }))
  }

  get reasons(): readonly NotReady[] {
    return [...this.#reasons].map(([reason, detail]) => ({ reason, detail }))
  }
}
