import { loadSite } from '../../simulators/load/provisioning.ts'
import type { Credential } from '../../simulators/mqtt-publisher.ts'
import { MosquittoProcess } from '../../tests/mosquitto-process.ts'
import { farmPlan } from '../farm-target.ts'
import type { LoadedServer } from '../load-run.ts'

/** Mosquitto alone: takes messages, acknowledges them and keeps nothing. */
export class MosquittoServer implements LoadedServer {
  readonly name = 'Mosquitto alone, nothing stored'
  readonly pointsPerMessage = 0
  readonly #broker: MosquittoProcess

  private constructor(broker: MosquittoProcess) {
    this.#broker = broker
  }

  static async start(): Promise<MosquittoServer> {
    const broker = await MosquittoProcess.create(['max_inflight_messages 0'])
    await broker.start()
    return new MosquittoServer(broker)
  }

  get port(): number {
    return this.#broker.port
  }

  get target(): LoadedServer['target'] {
    const sites = Array.from({ length: farmPlan.connections }, (_, s) => loadSite(farmPlan.runId, s))
    const credentials = Object.fromEntries(sites.map(site => [site, this.credential]))
    return { url: `mqtt://127.0.0.1:${this.port}`, credentials, ...farmPlan }
  }

  /** The address with user name and password. */
  get urlWithCredential(): string {
    return this.#broker.url()
  }

  /** The one that opens everything. */
  get credential(): Credential {
    const { username, password } = new URL(this.#broker.url())
    return { username, password: decodeURIComponent(password) }
  }

  pids(): readonly number[] {
    return [this.#broker.pid]
  }

  async stored(): Promise<number> {
    return 0
  }

  async counted(): Promise<number> {
    return 0
  }

  async remove(): Promise<void> {
    await this.#broker.remove()
  }
}
