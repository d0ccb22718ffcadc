import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HerdPlan, HerdState } from './herd-process.ts'

/** Many clients in a process of their own. */
export class Herd {
  readonly #child: ChildProcess

  constructor(plan: HerdPlan) {
    this.#child = fork(fileURLToPath(new URL('./herd-process.ts', import.meta.url)), { execArgv: [] })
    this.#child.send(plan)
  }

  async state(): Promise<HerdState> {
    const answered = once(this.#child, 'message')
    this.#child.send('state')
    const [state] = (await answered) as [HerdState]
    return state
  }

  /** Asks until the state fits. @returns it. */
  async until(fits: (state: HerdState) => boolean): Promise<HerdState> {
    for (;;) {
      const state = await this.state()
      if (fits(state)) return state
      await delay(50)
    }
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}
