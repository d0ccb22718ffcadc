import { loadProvisioning } from '../simulators/load/provisioning.ts'
import type { Credential } from '../simulators/mqtt-publisher.ts'
import { changesOf } from '../simulators/province/provisioning.ts'
import type { Provisioning } from '../simulators/province/provisioning.ts'
import { SenProcess, freePort } from '../tests/sen-process.ts'
import type { Accounts } from '../tests/sen-process.ts'
import { farmPlan, farmPoints } from './farm-target.ts'
import type { LoadedServer } from './load-run.ts'
import { parentOf, treeOf } from './process-tree.ts'

type Environment = Readonly<Record<string, string>>

/** The load's devices and connectors bring more than they are allowed to by default; the checks themselves stay on. */
const loadEnvironment: Environment = {
  SEN_LOG: 'error',
  SEN_DEVICE_RATE: '10000',
  SEN_CONNECTOR_RATE: '1000000',
  SEN_CONNECTOR_BYTES: '1 GB'
}

/** A Sen of its own processes on a temporary data folder, as an operator runs it. */
export class SenServer implements LoadedServer {
  readonly name = 'Sen'
  readonly pointsPerMessage = farmPoints
  readonly credentials: Record<string, Credential> = {}
  readonly #sen: SenProcess
  #root: number
  readonly #token: string

  private constructor(sen: SenProcess, token: string) {
    this.#sen = sen
    this.#token = token
    // The process that looks after the one that works belongs to the cost.
    this.#root = parentOf(sen.ready.pid) ?? sen.ready.pid
  }

  static async start(environment: Environment = {}): Promise<SenServer> {
    const ports = { mqttPort: await freePort(), httpPort: await freePort() }
    const sen = await SenProcess.create({ ...ports, environment: { ...loadEnvironment, ...environment } })
    try {
      await sen.start()
      return new SenServer(sen, await sen.sen('token', '--role', 'administrator'))
    } catch (error) {
      await sen.remove()
      throw error
    }
  }

  /** One that knows the devices of the farm load. */
  static async forFarm(environment: Environment = {}): Promise<SenServer> {
    const server = await SenServer.start(environment)
    await server.provision(loadProvisioning({ ...farmPlan, sites: farmPlan.connections }))
    return server
  }

  get target(): LoadedServer['target'] {
    return { url: this.process.ready.mqtt ?? '', credentials: this.credentials, ...farmPlan }
  }

  get process(): SenProcess {
    return this.#sen
  }

  /** The process that does the work. */
  get pid(): number {
    return this.#sen.ready.pid
  }

  /** Stops it, lets `change` have its data folder, and starts it again. */
  async restartAfter(change: (folder: string) => Promise<void>): Promise<void> {
    await this.#sen.stop()
    await change(this.#sen.folder)
    await this.#sen.start()
    this.#root = parentOf(this.#sen.ready.pid) ?? this.#sen.ready.pid
  }

  /** Registers everything, and makes a credential for each site. */
  async provision(provisioning: Provisioning): Promise<void> {
    await this.post('/registry', { changes: changesOf(provisioning) })
    for (const { id } of provisioning.sites)
      this.credentials[id] = (await this.post(`/sites/${id}/credentials`, {})) as Credential
  }

  pids(): readonly number[] {
    return treeOf(this.#root)
  }

  async stored(): Promise<number> {
    return ((await this.get('/accounting')) as Accounts).readings.stored
  }

  /** The accounting is that of the store: it moves with the rows, in their transaction. */
  counted(): Promise<number> {
    return this.stored()
  }

  get(path: string): Promise<unknown> {
    return this.#sen.get(path, this.#token)
  }

  async post(path: string, body: unknown): Promise<unknown> {
    const answer = await this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  /** A path below `/api/v1` for another process that asks as the administrator. */
  addressOf(path: string): { readonly url: string; readonly token: string } {
    return { url: `${this.#sen.ready.http}/api/v1${path}`, token: this.#token }
  }

  /** As the administrator, below `/api/v1`. */
  fetch(path: string, init: RequestInit & { readonly headers?: Environment } = {}): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#token}` }
    return fetch(`${this.#sen.ready.http}/api/v1${path}`, { ...init, headers })
  }

  /**
   * Somebody who looks at everything, live, until the signal.
   *
   * @returns the bytes that were shown.
   */
  async watch(signal: AbortSignal): Promise<number> {
    let bytes = 0
    const answer = await this.fetch('/events', { signal, headers: { accept: 'text/event-stream' } })
    try {
      for await (const chunk of answer.body ?? []) bytes += chunk.length
    } catch (error) {
      if (!signal.aborted) throw error
    }
    return bytes
  }

  async remove(): Promise<void> {
    await this.#sen.remove()
  }
}
