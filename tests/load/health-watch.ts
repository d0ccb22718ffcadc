import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** What the health check of an operator would have seen. */
export interface HealthSeen {
  readonly answers: number
  /** Requests that were not answered with 200. While no process listens at all they are not counted. */
  readonly failures: number
  readonly slowestMs: number
}

/** Longer than any bound that is tested. */
const patienceMs = 10_000

/** Asks `/healthz` ten times a second, each time on a connection of its own. */
export class HealthWatch {
  readonly #url: string
  readonly #ending = new AbortController()
  readonly #watching: Promise<void>
  #answers = 0
  #failures = 0
  #slowestMs = 0

  constructor(http: string) {
    this.#url = `${http}/healthz`
    this.#watching = this.#watch()
  }

  async end(): Promise<HealthSeen> {
    this.#ending.abort()
    await this.#watching
    return { answers: this.#answers, failures: this.#failures, slowestMs: this.#slowestMs }
  }

  async #watch(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const begin = performance.now()
      const status = await this.#ask()
      if (status === 200) this.#answers++
      else if (status !== 'nobody-listens') this.#failures++
      if (status !== 'nobody-listens') this.#slowestMs = Math.max(this.#slowestMs, performance.now() - begin)
      await delay(100)
    }
  }

  #ask(): Promise<number | 'nobody-listens' | 'broken'> {
    return new Promise(resolve => {
      const request = get(this.#url, { agent: false, timeout: patienceMs }, answer => {
        answer.resume()
        answer.once('end', () => {
          resolve(answer.statusCode ?? 'broken')
        })
        answer.once('error', () => {
          resolve('broken')
        })
      })
      request.once('timeout', () => request.destroy())
      request.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code === 'ECONNREFUSED' ? 'nobody-listens' : 'broken')
      })
    })
  }
}
