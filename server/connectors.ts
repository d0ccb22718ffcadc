import { brokerAddress } from '../ingest/connectors/broker-address.ts'
import type { BrokerConnectorStatus } from '../ingest/connectors/broker-connector.ts'
import { tlsProblem } from '../ingest/connectors/own-certificate.ts'
import { Rhythm } from '../ingest/connectors/rhythm.ts'
import { Webhook } from '../ingest/connectors/webhook.ts'
import type { WebhookStatus } from '../ingest/connectors/webhook.ts'
import { MessageReader } from '../ingest/mapped/message-reader.ts'
import type { Author } from '../model/audit.ts'
import { connectorSecrets } from '../model/connector.ts'
import type { ConnectorOptions, ConnectorSecrets, ConnectorType } from '../model/connector.ts'
import type { ConnectorMapping } from '../model/connector-mapping.ts'
import { SenError, messageOf } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { Connector, StateStore } from '../storage/state/state-store.ts'
import type { Administration } from './administration.ts'

/** One that does not run: paused, or what it needs is missing. */
interface IdleStatus {
  readonly name: string
  readonly type: ConnectorType
  readonly state: 'paused' | 'failed'
  readonly since: number
  readonly lastError: string | undefined
  readonly lastMessageAt: number | undefined
}

/** What a connector says of itself. */
export type ConnectorStatus = BrokerConnectorStatus | WebhookStatus | IdleStatus

/** A connector that runs. */
export interface RunningConnector {
  start(): Promise<void>
  stop(): Promise<void>
  status(): ConnectorStatus
}

/** A connector with all that it needs: address and secrets readable, and what its messages mean. */
export interface OpenedConnector extends Omit<Connector, 'secrets' | 'rhythm'> {
  readonly secrets: ConnectorSecrets
  /** What it has learned so far of how often something comes; it goes on learning there. */
  readonly rhythm: Rhythm
  /** Of types `mqtt` and `webhook`. */
  readonly mapping: ConnectorMapping | undefined
}

/** A connector as somebody asks for it. */
export type ConnectorSetup = Pick<Connector, 'name' | 'type' | 'organisation' | 'url'> & {
  readonly secrets?: ConnectorSecrets
  readonly options?: ConnectorOptions
  readonly meaning?: Pick<ConnectorMapping, 'topics' | 'mapping'> | undefined
}

/** What of it somebody changes. */
export type ConnectorRevision = Partial<Pick<ConnectorSetup, 'url' | 'secrets' | 'options' | 'meaning'>> & {
  readonly isPaused?: boolean | undefined
}

export interface ConnectorsProps {
  readonly administration: Administration
  readonly state: Pick<StateStore, 'keepRhythms'>
  readonly registry: Pick<RegistrySnapshot, 'connectorMappings'>
  readonly open: (connector: OpenedConnector) => RunningConnector
  readonly now: () => number
  readonly log: Log
}

interface Held {
  readonly connector: Omit<OpenedConnector, 'mapping'>
  readonly running: RunningConnector | undefined
  readonly idle: Omit<IdleStatus, 'lastMessageAt'>
}

/** The connections: those registered run, whatever their brokers do and whatever becomes of one of them. */
export class Connectors {
  readonly #props: ConnectorsProps
  readonly #held = new Map<string, Held>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(props: ConnectorsProps) {
    this.#props = props
  }

  async start(): Promise<void> {
    for (const row of await this.#props.administration.connectors()) {
      const secrets = connectorSecrets.parse(JSON.parse(row.secrets ?? '{}'))
      // A login for our own broker is no connection.
      if (row.url !== undefined || row.type === 'webhook')
        await this.#run({ ...row, secrets, rhythm: new Rhythm(row.rhythm) })
    }
  }

  /** Registers a connection and opens it. @returns what it says of itself, while it still connects. */
  async add(setup: ConnectorSetup, author?: Author): Promise<ConnectorStatus> {
    check(setup)
    checkTls(setup)
    const { name, type, organisation, url, secrets = {}, options = {}, meaning } = setup
    return this.#inTurn(async () => {
      if (this.#held.has(name)) throw new SenError('SEN_CONFLICT', `add connector ${name}: the name is taken`)
      await this.#mean(name, organisation, meaning, author)
      const connector = { name, type, organisation, url, options, isPaused: false }
      await this.#props.administration.addConnector({ ...connector, ...textOf(secrets) }, author)
      return this.#run({ ...connector, secrets, rhythm: new Rhythm(), createdAt: this.#props.now() })
    })
  }

  /** Changes a connection, without touching the others. What is left out stays. */
  async revise(name: string, revision: ConnectorRevision, author?: Author): Promise<ConnectorStatus> {
    return this.#inTurn(async () => {
      const { connector } = this.#find(name)
      const { url = connector.url, isPaused = connector.isPaused } = revision
      const secrets = { ...connector.secrets, ...revision.secrets }
      const present = this.#props.registry.connectorMappings.get(name)
      const meaning = revision.meaning ?? present
      check({ ...connector, url, secrets, meaning })
      // What is kept may have been taken by an earlier version: it does not keep the connection from being paused.
      if (Object.keys(revision.secrets ?? {}).length > 0) checkTls({ name, secrets })
      const options = { ...connector.options, ...revision.options, ...formerFilters(connector, present, meaning) }
      await this.#mean(name, connector.organisation, revision.meaning, author)
      const change = { isPaused, options, ...(url !== undefined && { url }), ...textOf(secrets) }
      await this.#props.administration.changeConnector(name, change, Object.keys(revision).join(', '), author)
      await this.#held.get(name)?.running?.stop()
      const hearsOther = url !== connector.url || present?.topics.join('\n') !== meaning?.topics.join('\n')
      const rhythm = hearsOther ? new Rhythm() : connector.rhythm
      return this.#run({ ...connector, url, isPaused, options, secrets, rhythm })
    })
  }

  async remove(name: string, author?: Author): Promise<void> {
    await this.#inTurn(async () => {
      await this.#props.administration.removeConnector(name, author)
      await this.#held.get(name)?.running?.stop()
      this.#held.delete(name)
      if (this.#props.registry.connectorMappings.has(name))
        await this.#props.administration.change([{ kind: 'connector-mapping-removed', id: name }], author)
    })
  }

  /** Every connection, by name. */
  list(): readonly (Omit<OpenedConnector, 'secrets' | 'url' | 'rhythm'> & {
    readonly has: readonly (keyof ConnectorSecrets)[]
    readonly status: ConnectorStatus
  })[] {
    const byName = [...this.#held.values()].sort((a, b) => (a.connector.name < b.connector.name ? -1 : 1))
    return byName.map(({ connector, running, idle }) => {
      const { name, type, organisation, createdAt, isPaused, options, secrets } = connector
      const has = connectorSecrets.keyof().options.filter(key => secrets[key] !== undefined)
      const mapping = this.#props.registry.connectorMappings.get(name)
      const status = statusOf({ connector, running, idle })
      return { name, type, organisation, createdAt, isPaused, options, has, mapping, status }
    })
  }

  /** @returns the webhook of this name; `undefined` if there is none, or it is paused. */
  webhook(name: string): Webhook | undefined {
    const running = this.#held.get(name)?.running
    return running instanceof Webhook ? running : undefined
  }

  has(name: string): boolean {
    return this.#held.has(name)
  }

  async stop(): Promise<void> {
    const running = [...this.#held.values()].flatMap(held => held.running ?? [])
    await Promise.all(running.map(one => one.stop()))
    // What is forgotten is learned again: no reason not to stop.
    await this.keepRhythms().catch((cause: unknown) => {
      this.#props.log.warn({ cause }, 'Rhythm of connectors was not kept')
    })
    this.#held.clear()
  }

  /** Writes down how often each hears something: after a crash a start goes on from there. */
  async keepRhythms(): Promise<void> {
    if (this.#held.size === 0) return
    const now = this.#props.now()
    const rows = [...this.#held.values()].map(({ connector: { name, rhythm } }) => ({ name, rhythm: rhythm.kept(now) }))
    await this.#props.state.keepRhythms(rows)
  }

  #find(name: string): Held {
    const held = this.#held.get(name)
    if (held) return held
    throw new SenError('SEN_NOT_FOUND', `find connector ${name}: there is none`)
  }

  /** One broken connector never keeps the others from running: it is told by its state. */
  async #run(connector: Held['connector']): Promise<ConnectorStatus> {
    const { name, type, isPaused } = connector
    const base = { name, type, since: this.#props.now() }
    if (isPaused) return this.#hold(connector, undefined, { ...base, state: 'paused', lastError: undefined })
    try {
      const running = this.#props.open({ ...connector, mapping: this.#props.registry.connectorMappings.get(name) })
      await running.start()
      this.#props.log.info({ connector: name, type }, 'Connector started')
      return this.#hold(connector, running, { ...base, state: 'paused', lastError: undefined })
    } catch (cause) {
      this.#props.log.warn({ connector: name, type, cause }, 'Connector cannot be started')
      return this.#hold(connector, undefined, { ...base, state: 'failed', lastError: messageOf(cause) })
    }
  }

  #hold(connector: Held['connector'], running: RunningConnector | undefined, idle: Held['idle']): ConnectorStatus {
    const held = { connector, running, idle }
    this.#held.set(connector.name, held)
    return statusOf(held)
  }

  async #mean(name: string, organisation: string, meaning: ConnectorSetup['meaning'], author?: Author): Promise<void> {
    if (!meaning) return
    const { topics, mapping } = meaning
    await this.#props.administration.change(
      [{ kind: 'connector-mapping', mapping: { id: name, organisation, topics, mapping } }],
      author
    )
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

/** @throws SenError `SEN_INPUT_INVALID` naming value and rule. */
function check({ name, type, organisation, url, secrets = {}, options = {}, meaning }: ConnectorSetup): void {
  const isWebhook = type === 'webhook'
  if (isWebhook !== (url === undefined))
    throw invalid(name, isWebhook ? 'a webhook has no address of its own' : `type ${type} needs "url"`)
  if (url !== undefined) brokerAddress(url)
  if ((type === 'mqtt' || isWebhook) !== (meaning !== undefined))
    throw invalid(name, meaning ? `type ${type} has no mapping of its own` : `type ${type} needs "mapping"`)
  if (isWebhook !== (meaning?.topics.length === 0) && meaning)
    throw invalid(name, isWebhook ? 'a webhook has no topics' : 'type mqtt needs "topics"')
  if (meaning) void new MessageReader({ id: name, organisation, ...meaning })
  if ((options.signature === undefined) !== (secrets.signatureSecret === undefined))
    throw invalid(name, 'signature needs header and secret')
}

/** @throws SenError `SEN_INPUT_INVALID` for certificates and keys with which no connection can be opened. */
function checkTls({ name, secrets = {} }: Pick<ConnectorSetup, 'name' | 'secrets'>): void {
  const problem = tlsProblem(secrets)
  if (problem !== undefined) throw invalid(name, problem)
}

/** What it says of itself while it runs; when it heard something last is known without that. */
function statusOf({ connector, running, idle }: Held): ConnectorStatus {
  return running?.status() ?? { ...idle, lastMessageAt: connector.rhythm.lastAt }
}

const mostFormer = 200

/** What was subscribed to before and is not any more: the broker's session may still hold it. */
function formerFilters(
  { options }: Held['connector'],
  present: ConnectorMapping | undefined,
  next: ConnectorSetup['meaning']
): Pick<ConnectorOptions, 'formerFilters'> {
  if (!present || !next) return {}
  const filtersOf = (meaning: NonNullable<ConnectorSetup['meaning']>) =>
    new MessageReader({ id: present.id, organisation: present.organisation, ...meaning }).filters
  const wanted = filtersOf(next)
  const former = new Set([...(options.formerFilters ?? []), ...filtersOf(present)])
  return { formerFilters: [...former].filter(filter => !wanted.includes(filter)).slice(-mostFormer) }
}

function textOf(secrets: ConnectorSecrets): { readonly secrets?: string } {
  return Object.keys(secrets).length === 0 ? {} : { secrets: JSON.stringify(secrets) }
}

function invalid(name: string, rule: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `set connector ${name}: ${rule}`)
}
