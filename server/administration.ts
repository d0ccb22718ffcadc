import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { Device, Organisation, RegistryChange, Site } from '../model/registry.ts'
import { rootOrganisation } from '../model/registry.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { ApiToken, Connector, CredentialKind, OutboxEntry, StateStore } from '../storage/state/state-store.ts'
import type { CredentialBook } from './auth/credential-book.ts'
import { hashOf, newSecret } from './auth/secrets.ts'
import type { TokenBook } from './auth/token-book.ts'
import { organisationsMissing } from './organisation-import.ts'
import { thingRules } from './registry-things.ts'
import type { RegistryThings, ThingKind } from './registry-things.ts'

export interface AdministrationProps {
  readonly state: Pick<
    StateStore,
    | 'change'
    | 'pending'
    | 'appended'
    | 'withdraw'
    | 'addCredential'
    | 'removeCredentials'
    | 'addToken'
    | 'addConnector'
    | 'removeConnector'
    | 'connectors'
  >
  readonly raw: Pick<Journal, 'append' | 'status' | 'reader'>
  readonly registry: RegistrySnapshot
  readonly credentials: CredentialBook
  readonly tokens: TokenBook
  readonly clock: Clock
  readonly log: Log
}

/** A user name and its password, which is shown this once. */
export interface NewCredential {
  readonly username: string
  readonly password: string
}

const dayMs = 86_400_000

/** What the first start makes. */
const root: Organisation = {
  id: rootOrganisation,
  name: 'Tỉnh Nghệ An',
  nameEn: 'Nghệ An Province',
  kind: 'province'
}

/** Every change people and scripts make: registry, credentials, tokens, connectors. */
export class Administration {
  readonly #props: AdministrationProps
  readonly #listeners = new Set<(changes: readonly RegistryChange[]) => void>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(props: AdministrationProps) {
    this.#props = props
  }

  /** Brings the raw log level with the outbox after a crash, and makes sure that the root organisation exists. */
  async start(): Promise<void> {
    const pending = await this.#props.state.pending()
    if (pending.length > 0) await this.#finish(pending, await this.#alreadyAppended(pending))
    if (!this.#props.registry.organisations.has(rootOrganisation)) {
      await this.change([{ kind: 'organisation', organisation: root }])
    }
  }

  /** Calls back after each change has taken effect. @returns a function that ends it. */
  onChange(listener: (changes: readonly RegistryChange[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Makes registry changes; resolves once they are in effect, at their place in the raw log. */
  async change(changes: readonly RegistryChange[]): Promise<void> {
    await this.#inTurn(() => this.#change(changes))
  }

  /** Adds a thing of the registry; `SEN_CONFLICT` if its id is taken. */
  async add<K extends ThingKind>(kind: K, thing: RegistryThings[K]): Promise<void> {
    const { word, of, set } = thingRules[kind]
    await this.#inTurn(async () => {
      this.#refuseTaken(word, thing.id, of(this.#props.registry))
      await this.#change([set(thing)])
    })
  }

  /**
   * Changes a thing of the registry.
   *
   * @param revise - is given what stands when its turn has come, so that of two changes at once neither undoes the other;
   *   what it throws refuses the change.
   * @returns what stands now.
   */
  async revise<K extends ThingKind>(
    kind: K,
    id: string,
    revise: (present: RegistryThings[K]) => RegistryThings[K]
  ): Promise<RegistryThings[K]> {
    return this.#inTurn(async () => {
      const revised = revise(this.#present(kind, id))
      await this.#change([thingRules[kind].set(revised)])
      return revised
    })
  }

  /** Removes a thing of the registry, if `agree` throws nothing. Logins of a site end with it. */
  async remove<K extends ThingKind>(kind: K, id: string, agree: (present: RegistryThings[K]) => void): Promise<void> {
    await this.#inTurn(async () => {
      agree(this.#present(kind, id))
      await this.#change([thingRules[kind].removed(id)])
      if (kind === 'site') await this.#endCredentials(`site:${id}`)
    })
  }

  async addOrganisation(organisation: Organisation): Promise<void> {
    await this.add('organisation', { ...organisation, parent: organisation.parent ?? rootOrganisation })
  }

  /** Adds those of a set of organisations that are missing; see `organisationsMissing`. @returns which. */
  async importOrganisations(set: readonly Organisation[]): Promise<readonly Organisation[]> {
    return this.#inTurn(async () => {
      const missing = organisationsMissing(set, this.#props.registry.organisations)
      await this.#change(missing.map(organisation => ({ kind: 'organisation', organisation })))
      return missing
    })
  }

  async addSite(site: Site): Promise<void> {
    await this.add('site', site)
  }

  /** @returns the device's MQTT login. */
  async addDevice(device: Device): Promise<NewCredential> {
    return this.#inTurn(async () => {
      this.#refuseTaken('device', device.id, this.#props.registry.devices)
      await this.#change([{ kind: 'device', device }])
      return this.#credential('device', device.id, device.id)
    })
  }

  async changeDevice(device: Device): Promise<void> {
    await this.#inTurn(async () => {
      this.#requireKnown('device', device.id, this.#props.registry.devices)
      await this.#change([{ kind: 'device', device }])
    })
  }

  async removeDevice(id: string): Promise<void> {
    await this.#inTurn(async () => {
      this.#requireKnown('device', id, this.#props.registry.devices)
      await this.#change([{ kind: 'device-removed', id }])
      await this.#endCredentials(id)
    })
  }

  /** @returns one more login for the device; earlier ones stay good. */
  async deviceCredential(id: string): Promise<NewCredential> {
    return this.#inTurn(async () => {
      this.#requireKnown('device', id, this.#props.registry.devices)
      return this.#credential('device', id, id)
    })
  }

  /** @returns a login that opens everything below the site. */
  async siteCredential(site: string): Promise<NewCredential> {
    return this.#inTurn(async () => {
      this.#requireKnown('site', site, this.#props.registry.sites)
      return this.#credential('site', site, `site:${site}`)
    })
  }

  /** @returns a login for a bridge or network server that publishes to Sen's own broker. */
  async connectorCredential(name: string): Promise<NewCredential> {
    return this.#credential('connector', name, `connector:${name}`)
  }

  /** Ends every earlier login of this kind and subject. @returns the new one. */
  async renewCredential(kind: 'site' | 'connector', subject: string): Promise<NewCredential> {
    const username = `${kind}:${subject}`
    await this.#endCredentials(username)
    return this.#credential(kind, subject, username)
  }

  /** @returns whether something of this id is registered. */
  has(kind: ThingKind | 'device', id: string): boolean {
    const { registry } = this.#props
    return (kind === 'device' ? registry.devices : thingRules[kind].of(registry)).has(id)
  }

  async addConnector(connector: Omit<Connector, 'createdAt'>): Promise<void> {
    // In turn, so that no organisation goes between the check and the insert.
    await this.#inTurn(async () => {
      this.#requireKnown('organisation', connector.organisation, this.#props.registry.organisations)
      await this.#props.state.addConnector({ ...connector, createdAt: this.#props.clock.now() })
    })
  }

  async removeConnector(name: string): Promise<void> {
    const isRemoved = await this.#props.state.removeConnector(name)
    if (!isRemoved) throw new SenError('SEN_NOT_FOUND', `remove connector ${name}: there is no such connector`)
  }

  async connectors(): Promise<readonly Connector[]> {
    return this.#props.state.connectors()
  }

  /**
   * @param days - how long it is good; for ever if left out.
   * @returns the token, shown this once.
   */
  async addToken(token: Pick<ApiToken, 'name' | 'role' | 'organisation'>, days?: number): Promise<string> {
    const secret = newSecret()
    const now = this.#props.clock.now()
    const row: Omit<ApiToken, 'id'> = {
      ...token,
      secretHash: hashOf(secret),
      createdAt: now,
      expiresAt: days === undefined ? undefined : now + days * dayMs
    }
    const id = await this.#inTurn(() => {
      this.#requireKnown('organisation', token.organisation, this.#props.registry.organisations)
      return this.#props.state.addToken(row)
    })
    this.#props.tokens.add({ ...row, id })
    this.#props.log.info({ name: token.name, role: token.role }, 'API token added')
    return secret
  }

  async #endCredentials(username: string): Promise<void> {
    await this.#props.state.removeCredentials(username)
    this.#props.credentials.remove(username)
  }

  #present<K extends ThingKind>(kind: K, id: string): RegistryThings[K] {
    const { word, of } = thingRules[kind]
    const found = of(this.#props.registry).get(id)
    if (found) return found
    throw unknown(word, id)
  }

  /** One change after the other: what a check found still holds when its change is made. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }

  async #change(changes: readonly RegistryChange[]): Promise<void> {
    if (changes.length === 0) return
    const entries = await this.#props.state.change(changes, this.#props.raw.status().last)
    try {
      await this.#finish(entries, new Map())
    } catch (cause) {
      // A full log took nothing: the change is refused, so it must not take effect later.
      if (cause instanceof SenError && cause.code === 'SEN_JOURNAL_FULL') {
        await this.#props.state.withdraw(entries.map(({ id }) => id))
      }
      throw cause
    }
  }

  async #credential(kind: CredentialKind, subject: string, username: string): Promise<NewCredential> {
    const password = newSecret()
    const credential = { username, kind, subject, secretHash: hashOf(password), createdAt: this.#props.clock.now() }
    await this.#props.state.addCredential(credential)
    this.#props.credentials.add(credential)
    this.#props.log.info({ username }, 'Credential added')
    return { username, password }
  }

  /** Appends what is not in the log yet, and lets every change take effect at its position. */
  async #finish(entries: readonly OutboxEntry[], known: ReadonlyMap<number, number>): Promise<void> {
    const missing = entries.filter(({ id }) => !known.has(id))
    const positions = new Map(known)
    if (missing.length > 0) {
      const receivedAt = this.#props.clock.now()
      const last = await this.#props.raw.append(
        missing.map(({ id, change }) => ({ kind: 'control', receivedAt, outboxId: id, change }) as const)
      )
      // The records of one append stand side by side.
      missing.forEach(({ id }, i) => positions.set(id, last - (missing.length - 1 - i)))
    }
    await this.#props.state.appended(entries.map(({ id }) => ({ id, position: positions.get(id) ?? 0 })))
    for (const { change } of entries) this.#props.registry.apply(change)
    const changes = entries.map(({ change }) => change)
    for (const listener of this.#listeners) listener(changes)
  }

  /** Looks for outbox entries that were appended before a crash, from the end of the log when they were made. */
  async #alreadyAppended(pending: readonly OutboxEntry[]): Promise<Map<number, number>> {
    const found = new Map<number, number>()
    const end = this.#props.raw.status().last
    const from = Math.min(...pending.map(({ after }) => after))
    if (from >= end) return found
    const wanted = new Set(pending.map(({ id }) => id))
    const controller = new AbortController()
    const reader = this.#props.raw.reader('outbox')
    for await (const { records } of reader.read(from, controller.signal)) {
      for (const record of records) {
        if (record.kind === 'control' && wanted.has(record.outboxId)) found.set(record.outboxId, record.position)
      }
      if ((records.at(-1)?.position ?? end) >= end) controller.abort()
    }
    // Needs nothing any more, so that it holds up no trimming.
    reader.commit(Number.MAX_SAFE_INTEGER)
    return found
  }

  #refuseTaken(kind: string, id: string, present: ReadonlyMap<string, unknown>): void {
    if (present.has(id)) throw new SenError('SEN_CONFLICT', `add ${kind} ${id}: the id is taken`)
  }

  #requireKnown(kind: string, id: string, present: ReadonlyMap<string, unknown>): void {
    if (!present.has(id)) throw unknown(kind, id)
  }
}

/** In the words of `demand`: unknown and forbidden look the same. */
function unknown(kind: string, id: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find ${kind} ${id}: there is none`)
}
