/** An enrolled phone asks for its PIN after this long out of sight. Ours: half the idle time of other sessions. */
export const lockAfterMs = 5 * 60_000
const storageKey = 'sen.seen-at'

/** Where the time is kept when the page was last in sight: it survives a reload, but not closing the page. */
export type SeenStorage = Pick<Storage, 'getItem' | 'setItem'>

/** Remembers when an unlocked page was last in sight. */
export class PhoneLock {
  readonly #storage: () => SeenStorage

  /** @param storage - asked for at each use: browsers that keep nothing throw even then. */
  constructor(storage: () => SeenStorage) {
    this.#storage = storage
  }

  /** The page is unlocked and in sight. */
  seen(now: number): void {
    try {
      this.#storage().setItem(storageKey, String(now))
    } catch {
      // Where nothing can be kept, the next opening asks for the PIN.
    }
  }

  /** Whether the PIN must be asked for: the page was just opened, or has been out of sight for long. */
  isDue(now: number): boolean {
    const kept = this.#kept()
    // A clock that was set back is no proof of anything.
    return kept === undefined || now < kept || now - kept >= lockAfterMs
  }

  #kept(): number | undefined {
    try {
      const kept = this.#storage().getItem(storageKey)
      return kept === null ? undefined : Number(kept)
    } catch {
      return undefined
    }
  }
}
