import type { Log } from '../../model/log.ts'

/** What was exceeded. */
export type FloodRule = 'rate' | 'new-devices'

/** Who sends more than its quota, since when, and what was done about it. Times are ms since the epoch, UTC. */
export interface Offender {
  /** `connector:<name>`, a device's id, or the login of who sends for names that nobody registered. */
  readonly holder: string
  readonly rule: FloodRule
  readonly since: number
  readonly lastAt: number
  /** Messages that it may send later only: it is read no faster. */
  readonly slowed: number
  /** Messages at QoS 0 that were dropped, requests that were answered 429. */
  readonly turnedAway: number
}

type Known = { -readonly [name in keyof Offender]: Offender[name] }

/** Who did nothing wrong for so long and begins again is reported anew, ms. */
const quietMs = 10 * 60_000
/** Who did nothing wrong for so long is forgotten, ms. */
const rememberedMs = 24 * 3_600_000
const mostRemembered = 1000

/** Everybody who sends more than its quota, in memory: told once a flood, not once a message. */
export class Offenders {
  readonly #now: () => number
  readonly #log: Pick<Log, 'warn'>
  readonly #known = new Map<string, Known>()

  constructor(now: () => number, log: Pick<Log, 'warn'>) {
    this.#now = now
    this.#log = log
  }

  note(holder: string, rule: FloodRule, what: 'slowed' | 'turnedAway'): void {
    const now = this.#now()
    const key = `${rule} ${holder}`
    const known = this.#known.get(key)
    if (known && now - known.lastAt <= quietMs) {
      known.lastAt = now
      known[what]++
      return
    }
    this.#known.delete(key)
    if (this.#known.size >= mostRemembered) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest)
        break
      }
    }
    this.#known.set(key, { holder, rule, since: now, lastAt: now, slowed: 0, turnedAway: 0, [what]: 1 })
    this.#log.warn({ holder, rule, what }, 'Sends more than its quota')
  }

  /** Those of the last day, the newest first. */
  list(): readonly Offender[] {
    const from = this.#now() - rememberedMs
    return [...this.#known.values()].filter(({ lastAt }) => lastAt >= from).sort((a, b) => b.lastAt - a.lastAt)
  }

  /** How many send too much now. */
  get present(): number {
    const from = this.#now() - quietMs
    let count = 0
    for (const { lastAt } of this.#known.values()) if (lastAt >= from) count++
    return count
  }
}
