/** Why Sen is not ready: a stable name and words for the operator. */
export interface NotReady {
  readonly reason: string
  readonly detail: string
}

/** What stands in the way of being ready, by reason. Empty: ready. */
export class Health {
  readonly #reasons = new Map<string, string>([['starting', 'Sen is starting']])

  set(reason: string, detail: string): void {
    this.#reasons.set(reason, detail)
  }

  clear(reason: string): void {
    this.#reasons.delete(reason)
  }

  get reasons(): readonly NotReady[] {
    return [...this.#reasons].map(([reason, detail]) => ({ reason, detail }))
  }
}
