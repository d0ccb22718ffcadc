import type { Log } from '../../model/log.ts'

/** Lines for one reason until the next `summarise`: an attacker must not be able to fill disk and event loop with them. */
const mostLines = 10

/** Says in the log who was turned away, and only counts where there are many. */
export class RefusalLog {
  readonly #log: Log
  readonly #counts = new Map<string, number>()

  constructor(log: Log) {
    this.#log = log
  }

  say(reason: string, fields: Readonly<Record<string, unknown>>): void {
    const count = (this.#counts.get(reason) ?? 0) + 1
    this.#counts.set(reason, count)
    if (count <= mostLines) this.#log.warn({ reason, ...fields }, 'MQTT connection refused or closed')
  }

  /** To be called every few seconds: what was only counted is said in one line a reason. */
  summarise(): void {
    for (const [reason, count] of this.#counts) {
      if (count > mostLines) {
        this.#log.warn(
          { reason, count: count - mostLines },
          'MQTT connections refused or closed, more than were logged'
        )
      }
    }
    this.#counts.clear()
  }
}
