import type { Journal } from '../journal/journal.ts'
import type { AuditEntry, Author } from '../model/audit.ts'
import { systemAuthor } from '../model/audit.ts'
import type { Clock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { Device, Organisation, RegistryChange, Site } from '../model/registry.ts'
import { rootOrganisation } from '../model/registry.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type {
  ApiToken,
  Connector,
  ConnectorChange,
  CredentialKind,
  OutboxEntry,
  StateStore
} from '../storage/state/state-store.ts'
import { changeLine } from './audit-lines.ts'
import type { CredentialBook } from './auth/credential-book.ts'
import type { KeyFile } from './auth/key-file.ts'
import { hashOf, newSecret } from './auth/secrets.ts'
import type { TokenBook } from './auth/token-book.ts'
import { refuseTakenHardware } from './hardware-check.ts'
import { organisationsMissing } from './organisation-import.ts'
import { alreadyAppended } from './outbox-recovery.ts'
import { thingRules, removalOf } from './registry-things.ts'
import type { RegistryThings, ThingKind } from './registry-things.ts'
import { connectorValues, sealAll, sealed, unsealed } from './sealed-connectors.ts'

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
    | 'rotateToken'
    | 'removeToken'
    | 'addConnector'
    | 'removeConnector'
    | 'changeConnector'
    | 'connectors'
  >
  readonly raw: Pick<Journal, 'append' | 'status' | 'reader'>
  readonly registry: RegistrySnapshot
  readonly credentials: CredentialBook
  readonly tokens: TokenBook
  readonly keys: KeyFile
  readonly clock: Clock
  readonly log: Log
}

/** A token's id, and its secret, which is shown this once. */
export interface NewToken {
  readonly id: number
  readonly token: string
}

/** A user name and its password, which is shown this once. */
export interface NewCredential {
  readonly username: string
  readonly password: string
}

const dayMs = 86_400_000
/** A token's earlier secret is good for so long after a rotation: time to bring the new one everywhere. */
const rotationMs = 7 * dayMs

/** As much of a hash as names a login among those of one user name. */
const credentialIdLength = 12

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
    if (pending.length > 0) await this.#finish(pending, await alreadyAppended(pending, this.#props.raw))
    if (!this.#props.registry.organisations.has(rootOrganisation)) {
      await this.change([{ kind: 'organisation', organisation: root }])
    }
    await sealAll(this.#props.keys, this.#props.state)
  }

  /** Calls back after each change has taken effect. @returns a function that ends it. */
  onChange(listener: (changes: readonly RegistryChange[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Makes registry changes; resolves once they are in effect, at their place in the raw log. */
  async change(changes: readonly RegistryChange[], author: Author = systemAuthor): Promise<void> {
    await this.#inTurn(async () => {
      await this.#change(changes, author)
      for (const change of changes) {
        if (change.kind === 'device-removed') await this.#endCredentials(change.id)
        if (change.kind === 'site-removed') await this.#endCredentials(`site:${change.id}`)
      }
    })
  }

  /** Adds a thing of the registry; `SEN_CONFLICT` if its id is taken. */
  async add<K extends ThingKind>(kind: K, thing: RegistryThings[K], author: Author = systemAuthor): Promise<void> {
    const { word, of, set } = thingRules[kind]
    await this.#inTurn(async () => {
      this.#refuseTaken(word, thing.id, of(this.#props.registry))
      await this.#change([set(thing)], author)
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
    revise: (present: RegistryThings[K]) => RegistryThings[K],
    author: Author = systemAuthor
  ): Promise<RegistryThings[K]> {
    return this.#inTurn(async () => {
      const revised = revise(this.#present(kind, id))
      await this.#change([thingRules[kind].set(revised)], author)
      return revised
    })
  }

  /** Removes a thing of the registry, if `agree` throws nothing. Logins of a site end with it. */
  async remove<K extends ThingKind>(
    kind: K,
    id: string,
    agree: (present: RegistryThings[K]) => void,
    author: Author = systemAuthor
  ): Promise<void> {
    await this.#inTurn(async () => {
      agree(this.#present(kind, id))
      await this.#change([thingRules[kind].removed(id)], author)
      if (kind === 'site') await this.#endCredentials(`site:${id}`)
    })
  }

  async addOrganisation(organisation: Organisation, author: Author = systemAuthor): Promise<void> {
    await this.add('organisation', { ...organisation, parent: organisation.parent ?? rootOrganisation }, author)
  }

  /** Adds those of a set of organisations that are missing; see `organisationsMissing`. @returns which. */
  async importOrganisations(
    set: readonly Organisation[],
    author: Author = systemAuthor
  ): Promise<readonly Organisation[]> {
    return this.#inTurn(async () => {
      const missing = organisationsMissing(set, this.#props.registry.organisations)
      await this.#change(
        missing.map(organisation => ({ kind: 'organisation', organisation })),
        author
      )
      return missing
    })
  }

  async addSite(site: Site, author: Author = systemAuthor): Promise<void> {
    await this.add('site', site, author)
  }

  /** @returns the device's MQTT login. */
  async addDevice(device: Device, author: Author = systemAuthor): Promise<NewCredential> {
    return this.#inTurn(async () => {
      this.#refuseTaken('device', device.id, this.#props.registry.devices)
      await this.#change([{ kind: 'device', device }], author)
      // Logins that an earlier device of this id left behind are not this one's.
      await this.#endCredentials(device.id)
      return this.#credential('device', device.id, device.id, author)
    })
  }

  async changeDevice(device: Device, author: Author = systemAuthor): Promise<void> {
    await this.#inTurn(async () => {
      this.#requireKnown('device', device.id, this.#props.registry.devices)
      await this.#change([{ kind: 'device', device }], author)
    })
  }

  /**
   * Makes or changes devices, all or nothing.
   *
   * @param revise - is given the registry when its turn has come, and says what the devices shall be; what it throws
   *   refuses all of it.
   * @param detail - what is done, for the audit log: `claim`, `move` …
   */
  async reviseDevices(
    revise: (registry: RegistrySnapshot) => readonly Device[],
    author: Author,
    detail: string
  ): Promise<readonly Device[]> {
    return this.#inTurn(async () => {
      const devices = revise(this.#props.registry)
      await this.#change(
        devices.map(device => ({ kind: 'device', device })),
        author,
        detail
      )
      return devices
    })
  }

  /** Ends every login of a device. */
  async endDeviceLogins(id: string): Promise<void> {
    await this.#inTurn(() => this.#endCredentials(id))
  }

  async removeDevice(id: string, author: Author = systemAuthor): Promise<void> {
    await this.#inTurn(async () => {
      this.#requireKnown('device', id, this.#props.registry.devices)
      await this.#change(removalOf(id, this.#props.registry), author)
      await this.#endCredentials(id)
    })
  }

  /** @returns one more login for the device; earlier ones stay good. */
  async deviceCredential(id: string, author: Author = systemAuthor): Promise<NewCredential> {
    return this.#inTurn(async () => {
      this.#requireKnown('device', id, this.#props.registry.devices)
      return this.#credential('device', id, id, author)
    })
  }

  /** @returns a login that opens everything below the site. */
  async siteCredential(site: string, author: Author = systemAuthor): Promise<NewCredential> {
    return this.#inTurn(async () => {
      this.#requireKnown('site', site, this.#props.registry.sites)
      return this.#credential('site', site, `site:${site}`, author)
    })
  }

  /** @returns a login for a bridge or network server that publishes to Sen's own broker. */
  async connectorCredential(name: string, author: Author = systemAuthor): Promise<NewCredential> {
    return this.#credential('connector', name, `connector:${name}`, author)
  }

  /** @returns the secret of a webhook's address; earlier ones stay good. */
  async webhookCredential(name: string, author: Author = systemAuthor): Promise<NewCredential> {
    return this.#credential('webhook', name, `webhook:${name}`, author)
  }

  /** Ends every earlier login of this kind and subject. @returns the new one. */
  async renewCredential(kind: 'site' | 'connector', subject: string): Promise<NewCredential> {
    const username = `${kind}:${subject}`
    await this.#endCredentials(username)
    return this.#credential(kind, subject, username, systemAuthor)
  }

  /** The logins of a user name: when each was made, and the beginning of its hash to name it by. */
  credentialsOf(username: string): readonly { readonly id: string; readonly createdAt: number }[] {
    return this.#props.credentials
      .of(username)
      .map(({ secretHash, createdAt }) => ({ id: secretHash.slice(0, credentialIdLength), createdAt }))
  }

  /** Ends one login of a user name; who is in by that name is sent away and comes back with another. */
  async removeCredential(username: string, id: string, author: Author = systemAuthor): Promise<void> {
    const entry = this.#credentialLine('credential.remove', username, author, `login ${id}`)
    const count = await this.#props.state.removeCredentials(username, id, entry)
    if (count === 0) throw new SenError('SEN_NOT_FOUND', `remove login ${id} of ${username}: there is none`)
    this.#props.credentials.removeOne(username, id)
  }

  /** @returns whether something of this id is registered. */
  has(kind: ThingKind | 'device', id: string): boolean {
    const { registry } = this.#props
    return (kind === 'device' ? registry.devices : thingRules[kind].of(registry)).has(id)
  }

  /** Address and secrets are sealed. */
  async addConnector(
    connector: Pick<Connector, 'name' | 'type' | 'organisation'> & ConnectorChange,
    author: Author = systemAuthor
  ): Promise<void> {
    const { name, type, organisation, isPaused = false, options = {} } = connector
    const { url, secrets } = sealed(this.#props.keys, name, connector)
    const entry = {
      ...this.#line('connector.add', `connector:${name}`, author, type),
      organisation,
      after: { name, type, organisation }
    }
    // In turn, so that no organisation goes between the check and the insert.
    await this.#inTurn(async () => {
      this.#requireKnown('organisation', organisation, this.#props.registry.organisations)
      const createdAt = this.#props.clock.now()
      const row = { name, type, organisation, url, isPaused, options, secrets, createdAt }
      await this.#props.state.addConnector(row, entry)
    })
  }

  /** Changes what is given of a connection; `detail` says in words what that is, and holds no secret. */
  async changeConnector(
    name: string,
    change: ConnectorChange,
    detail: string,
    author: Author = systemAuthor
  ): Promise<void> {
    const present = (await this.#props.state.connectors()).find(one => one.name === name)
    const line = this.#line('connector.change', `connector:${name}`, author, detail)
    const entry = { ...line, ...(present && connectorValues(present, change)) }
    await this.#props.state.changeConnector(name, { ...change, ...sealed(this.#props.keys, name, change) }, entry)
  }

  /** Ends a connection and every login for our own broker that has its name. */
  async removeConnector(name: string, author: Author = systemAuthor): Promise<void> {
    const entry = this.#line('connector.remove', `connector:${name}`, author, '')
    const isRemoved = await this.#props.state.removeConnector(name, entry)
    const username = `connector:${name}`
    const logins = await this.#props.state.removeCredentials(username, '', isRemoved ? undefined : entry)
    this.#props.credentials.remove(username)
    await this.#endCredentials(`webhook:${name}`)
    if (!isRemoved && logins === 0)
      throw new SenError('SEN_NOT_FOUND', `remove connector ${name}: there is no such connector`)
  }

  async connectors(): Promise<readonly Connector[]> {
    const { state, keys } = this.#props
    return (await state.connectors()).map(one => unsealed(keys, one))
  }

  /**
   * @param days - how long it is good; for ever if left out.
   * @returns the token's id and secret, which is shown this once.
   */
  async addToken(
    token: Pick<ApiToken, 'name' | 'role' | 'organisation'> & Partial<Pick<ApiToken, 'isSandbox' | 'perMinute'>>,
    days?: number,
    author: Author = systemAuthor
  ): Promise<NewToken> {
    const secret = newSecret()
    const now = this.#props.clock.now()
    const { name, role, organisation } = token
    const row: Omit<ApiToken, 'id'> = {
      ...{ name, role, organisation },
      secretHash: hashOf(secret),
      createdAt: now,
      expiresAt: days === undefined ? undefined : now + days * dayMs,
      isSandbox: token.isSandbox ?? false,
      perMinute: token.perMinute,
      lastUsedAt: undefined,
      previous: undefined
    }
    const { expiresAt, isSandbox, perMinute } = row
    const entry = {
      ...this.#line('token.add', 'token', author, name),
      organisation,
      after: { name, role, organisation, expiresAt, isSandbox, perMinute }
    }
    const id = await this.#inTurn(() => {
      this.#requireKnown('organisation', organisation, this.#props.registry.organisations)
      return this.#props.state.addToken(row, entry)
    })
    this.#props.tokens.add({ ...row, id })
    this.#props.log.info({ name, role }, 'API token added')
    return { id, token: secret }
  }

  /** Gives a token another secret. @returns it, and until when the earlier one is good too. */
  async rotateToken(id: number, author: Author): Promise<{ readonly token: string; readonly previousUntil: number }> {
    const token = this.#requireToken(id)
    const secret = newSecret()
    const until = this.#props.clock.now() + rotationMs
    const entry = { ...this.#line('token.rotate', `token:${id}`, author, token.name), organisation: token.organisation }
    return this.#inTurn(async () => {
      const { secretHash } = this.#requireToken(id)
      await this.#props.state.rotateToken(id, hashOf(secret), until, entry)
      this.#props.tokens.add({ ...token, secretHash: hashOf(secret), previous: { secretHash, until } })
      return { token: secret, previousUntil: until }
    })
  }

  /** Whoever is in by it is sent away. */
  async removeToken(id: number, author: Author): Promise<void> {
    const { name, role, organisation } = this.#requireToken(id)
    const before = { name, role, organisation }
    const entry = { ...this.#line('token.remove', `token:${id}`, author, name), organisation, before }
    await this.#props.state.removeToken(id, entry)
    this.#props.tokens.remove(id)
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

  async #change(changes: readonly RegistryChange[], author: Author, detail = ''): Promise<void> {
    if (changes.length === 0) return
    const { state, raw, registry, clock } = this.#props
    refuseTakenHardware(changes, registry)
    const lines = changes.map(change => ({ ...changeLine(change, registry, { author, at: clock.now() }), detail }))
    const entries = await state.change(changes, raw.status().last, lines)
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

  async #credential(kind: CredentialKind, subject: string, username: string, author: Author): Promise<NewCredential> {
    const password = newSecret()
    const credential = { username, kind, subject, secretHash: hashOf(password), createdAt: this.#props.clock.now() }
    const entry = this.#credentialLine('credential.add', username, author, '')
    await this.#props.state.addCredential(credential, entry)
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

  #requireToken(id: number): ApiToken {
    const token = this.#props.tokens.get(id)
    if (!token) throw new SenError('SEN_NOT_FOUND', `find token ${id}: there is no such token`)
    return token
  }

  #line(action: string, object: string, author: Author, detail: string): AuditEntry {
    const at = this.#props.clock.now()
    return { at, author, action, object, organisation: rootOrganisation, outcome: 'done', detail, count: 1 }
  }

  /** Of whom the device or site belongs to; connectors bring messages of any device, so theirs are the root's. */
  #credentialLine(action: string, username: string, author: Author, detail: string): AuditEntry {
    const { sites, devices } = this.#props.registry
    const site = username.startsWith('site:') ? username.slice('site:'.length) : devices.get(username)?.site
    const organisation = sites.get(site ?? '')?.organisation ?? rootOrganisation
    return { ...this.#line(action, `credential:${username}`, author, detail), organisation }
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
