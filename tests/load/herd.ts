import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { post } from '../durability/load-run.fixture.ts'
import type { Login } from '../protocol/mutations.ts'
import type { SenProcess } from '../sen-process.ts'
import type { HerdPlan, HerdState } from './herd-process.ts'
import { addSite } from './overload.fixture.ts'

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

/** Devices `h0` … of the site `s`, each with a credential of its own. @returns the site's login, and their passwords. */
export async function registeredHerd(
  sen: SenProcess,
  token: string,
  clients: number
): Promise<{ readonly login: Login; readonly passwords: readonly string[] }> {
  const login = await addSite(sen, token, 's')
  const ids = Array.from({ length: clients }, (_, i) => `h${i}`)
  const changes = ids.map(id => ({ kind: 'device', device: { id, name: id, site: 's', profile: 'load' } }))
  // A body may hold 10,000 objects.
  for (let from = 0; from < changes.length; from += 4000)
    await post(sen, token, '/registry', { changes: changes.slice(from, from + 4000) })
  const passwords: string[] = []
  for (let from = 0; from < ids.length; from += atOnce) {
    const logins = ids.slice(from, from + atOnce).map(id => post(sen, token, `/devices/${id}/credentials`, {}))
    passwords.push(...(await Promise.all(logins)).map(made => (made as Login).password))
  }
  return { login, passwords }
}

const atOnce = 32
