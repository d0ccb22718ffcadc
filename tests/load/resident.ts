import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export const mib = 1024 * 1024

/** Memory of a process that stands in RAM, bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

const windowMs = 10_000

/**
 * Waits until the memory of a process grows by less than 8 MiB in 10 s: V8 doubles its room for young objects some time after
 * the start of a load, and DuckDB fills its cache.
 *
 * @returns the most of the last 10 s, bytes.
 */
export async function settledResidentBytes(pid: number): Promise<number> {
  let before = residentBytes(pid)
  for (;;) {
    const watch = new ResidentWatch(pid)
    await delay(windowMs)
    const now = await watch.end()
    if (now - before < 8 * mib) return now
    before = now
  }
}

/** Watches the memory of a process from outside until it is asked for the most that was seen. */
export class ResidentWatch {
  readonly #pid: number
  readonly #ending = new AbortController()
  readonly #watching: Promise<void>
  #most = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#watching = this.#watch()
    // It is awaited in `end`.
    this.#watching.catch(() => undefined)
  }

  /** @returns bytes. */
  async end(): Promise<number> {
    this.#ending.abort()
    await this.#watching
    return this.#most
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending
    do {
      this.#most = Math.max(this.#most, residentBytes(this.#pid))
      await delay(100, undefined, { signal }).catch(() => undefined)
    } while (!signal.aborted)
    this.#most = Math.max(this.#most, residentBytes(this.#pid))
  }
}
