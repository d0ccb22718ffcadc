import { setTimeout as delay } from 'node:timers/promises'

const waitMs = { first: 500, most: 30_000 }

export interface Persistence {
  readonly signal: AbortSignal
  /** Told of each failure; and with `undefined` once it is over. */
  readonly onTrouble: (cause: unknown) => void
}

/**
 * Tries until it is done, with growing delay: a full disk, a store that cannot write. What has to be done waits safely in a
 * log meanwhile.
 *
 * @returns `undefined` if `signal` aborted before it was done.
 */
export async function untilDone<T>(work: () => Promise<T>, { signal, onTrouble }: Persistence): Promise<T | undefined> {
  for (let pauseMs = waitMs.first; !signal.aborted; pauseMs = Math.min(pauseMs * 2, waitMs.most)) {
    try {
      const result = await work()
      if (pauseMs > waitMs.first) onTrouble(undefined)
      return result
    } catch (cause) {
      onTrouble(cause)
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
  return undefined
}
