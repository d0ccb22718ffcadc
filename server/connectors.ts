import type { BrokerConnectorStatus } from '../ingest/connectors/broker-connector.ts'
import { brokerAddress } from '../ingest/connectors/broker-address.ts'
import type { Author } from '../model/audit.ts'
import { SenError } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { Connector } from '../storage/state/state-store.ts'
import type { Administration } from './administration.ts'

/** What a connector says of itself. */
export type ConnectorStatus = BrokerConnectorStatus

/** A connector that runs. */
export interface RunningConnector {
  start(): Promise<void>
  stop(): Promise<void>
  status(): ConnectorStatus
}

export interface ConnectorsProps {
  readonly administration: Administration
  /** Makes the connector for a registered connection. */
  readonly open: (connector: Connector & { readonly url: string }) => RunningConnector
  readonly log: Log
}

/** The outgoing connections: those registered run, whatever their brokers do. */
export class Connectors {
  readonly #props: ConnectorsProps
  readonly #running = new Map<string, RunningConnector>()

  constructor(props: ConnectorsProps) {
    this.#props = props
  }

  async start(): Promise<void> {
    for (const connector of await this.#props.administration.connectors()) {
      if (connector.url !== undefined) await this.#run({ ...connector, url: connector.url })
    }
  }

  /** Registers a connection and opens it. @returns what it says of itself, while it still connects. */
  async add(
    connector: Omit<Connector, 'createdAt'> & { readonly url: string },
    author?: Author
  ): Promise<ConnectorStatus> {
    if (connector.type === 'mqtt') {
      throw new SenError(
        'SEN_INPUT_INVALID',
        `add connector ${connector.name}: type ${connector.type} has no outgoing connection`,
        {
          hint: 'Outgoing connections are of type chirpstack or tts; without --url every type gets a login for our own broker.'
        }
      )
    }
    brokerAddress(connector.url)
    await this.#props.administration.addConnector(connector, author)
    return this.#run({ ...connector, createdAt: 0 })
  }

  async remove(name: string, author?: Author): Promise<void> {
    await this.#props.administration.removeConnector(name, author)
    await this.#running.get(name)?.stop()
    this.#running.delete(name)
  }

  status(): readonly ConnectorStatus[] {
    return [...this.#running.values()].map(connector => connector.status())
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(connector => connector.stop()))
    this.#running.clear()
  }

  async #run(connector: Connector & { readonly url: string }): Promise<ConnectorStatus> {
    const running = this.#props.open(connector)
    this.#running.set(connector.name, running)
    await running.start()
    this.#props.log.info({ connector: connector.name, type: connector.type }, 'Connector started')
    return running.status()
  }
}
