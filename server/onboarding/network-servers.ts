import { ChirpStackApi, chirpStackSettings } from '../../ingest/network-servers/chirpstack-api.ts'
import type { NetworkServerApi, NetworkServerDevice } from '../../ingest/network-servers/network-server-api.ts'
import { TtsApi, ttsSettings } from '../../ingest/network-servers/tts-api.ts'
import type { AuditEntry, Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { NetworkServerAccess, OnboardingStore } from '../../storage/state/onboarding-store.ts'
import type { KeyFile } from '../auth/key-file.ts'

interface NetworkServersProps {
  readonly store: OnboardingStore
  readonly keys: KeyFile
  readonly clock: Clock
}

/** An API of a network server as it may be shown: never its key. */
export interface ShownNetworkServer {
  readonly connector: string
  readonly kind: NetworkServerAccess['kind']
  readonly url: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly changedAt: number
}

export interface NewNetworkServer extends Omit<ShownNetworkServer, 'changedAt'> {
  /** Left out: the one before stays. */
  readonly key: string | undefined
  readonly organisation: string
}

/** What a network server did for a claim, and how it is taken back. */
export interface MadeDevice {
  /** It was made now; it had been there otherwise. */
  readonly isNew: boolean
  /** Takes it away again, if it was made now. @returns what is left there, in words; `undefined`: nothing. */
  readonly undo: () => Promise<string | undefined>
}

/** A key can be opened as that connector's only. */
const sealedFor = (connector: string): string => `network-server:${connector}`

/** The APIs of network servers: their keys are sealed at rest and never told again. */
export class NetworkServers {
  readonly #props: NetworkServersProps

  constructor(props: NetworkServersProps) {
    this.#props = props
  }

  async all(): Promise<readonly ShownNetworkServer[]> {
    const found = await this.#props.store.networkServers()
    return found.map(({ connector, kind, url, settings, changedAt }) => ({ connector, kind, url, settings, changedAt }))
  }

  /**
   * Sets the API of a connector's network server.
   *
   * @throws SenError `SEN_INPUT_INVALID` if the settings are not what its kind needs, or there is no key yet and none is given.
   */
  async set({ connector, kind, url, settings, key, organisation }: NewNetworkServer, author: Author): Promise<void> {
    const { store, keys, clock } = this.#props
    const before = await this.#find(connector)
    // Whoever points it elsewhere must know the key: it would be sent there.
    const sealedKey = key === undefined ? before?.url === url && before.sealedKey : keys.seal(key, sealedFor(connector))
    if (!sealedKey)
      throw new SenError('SEN_INPUT_INVALID', `set network server of ${connector}: key is missing`, {
        hint: 'A new address needs the key again.'
      })
    const checked = checkedSettings(kind, settings)
    const entry = this.#line('network-server.set', { connector, organisation, author })
    await store.setNetworkServer(
      { connector, kind, url, sealedKey, settings: checked, changedAt: clock.now() },
      { ...entry, after: { kind, url, settings: checked } }
    )
  }

  async remove(connector: string, organisation: string, author: Author): Promise<void> {
    const entry = this.#line('network-server.remove', { connector, organisation, author })
    if (await this.#props.store.removeNetworkServer(connector, entry)) return
    throw new SenError('SEN_NOT_FOUND', `find network server of ${connector}: there is none`)
  }

  /**
   * Makes a device at the connector's network server. Its keys are passed on and not kept.
   *
   * @throws SenError `SEN_NOT_FOUND` if the connector has no API here, `SEN_CONNECTOR_FAILED` with what to do if it failed.
   */
  async make(connector: string, device: NetworkServerDevice): Promise<MadeDevice> {
    const { store, clock } = this.#props
    const api = await this.#open(connector)
    const outcome = await api.add(device)
    if (!outcome.ok) throw failed(`make device ${device.devEui} at ${connector}`, outcome)
    const { isNew } = outcome
    if (isNew) await store.addRegistration({ hardware: device.devEui, connector, at: clock.now() })
    return {
      isNew,
      undo: async () => {
        if (!isNew) return undefined
        const removed = await api.remove(device.devEui)
        if (!removed.ok) return `device ${device.devEui} is left at ${connector}: ${removed.detail}`
        await store.removeRegistration(device.devEui)
        return undefined
      }
    }
  }

  /**
   * Takes away what Sen made at a network server.
   *
   * @returns whether there was anything. Throws `SEN_CONNECTOR_FAILED`.
   */
  async takeAway(devEui: string): Promise<boolean> {
    const [registration] = await this.#props.store.registrations([devEui])
    if (!registration) return false
    const { connector } = registration
    const outcome = await (await this.#open(connector)).remove(devEui)
    if (!outcome.ok) throw failed(`remove device ${devEui} at ${connector}`, outcome)
    await this.#props.store.removeRegistration(devEui)
    return true
  }

  async #find(connector: string): Promise<NetworkServerAccess | undefined> {
    return (await this.#props.store.networkServers()).find(one => one.connector === connector)
  }

  async #open(connector: string): Promise<NetworkServerApi> {
    const found = await this.#find(connector)
    if (!found) {
      throw new SenError('SEN_NOT_FOUND', `find network server of ${connector}: there is none`, {
        hint: 'Enter address and key of its API first.'
      })
    }
    const key = this.#props.keys.unseal(found.sealedKey, sealedFor(connector))
    const { kind, url, settings } = found
    return kind === 'chirpstack'
      ? new ChirpStackApi({ url, key, settings: chirpStackSettings.parse(settings) })
      : new TtsApi({ url, key, settings: ttsSettings.parse(settings) })
  }

  #line(
    action: string,
    { connector, organisation, author }: Pick<NewNetworkServer, 'connector' | 'organisation'> & { author: Author }
  ): AuditEntry {
    const at = this.#props.clock.now()
    return { at, author, action, object: `connector:${connector}`, organisation, outcome: 'done', detail: '', count: 1 }
  }
}

function checkedSettings(kind: NetworkServerAccess['kind'], settings: Readonly<Record<string, unknown>>) {
  const parsed = (kind === 'chirpstack' ? chirpStackSettings : ttsSettings).safeParse(settings)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') ?? ''
  throw new SenError('SEN_INPUT_INVALID', `set network server: settings.${field}: ${issue?.message ?? 'is wrong'}`)
}

const remedies = {
  unreachable: 'Check the address and that it can be reached from here, then try again: nothing was changed.',
  'not-permitted': 'Enter an API key that may write devices and their keys, then try again: nothing was changed.',
  'not-found': 'Check the application and the device profiles in the settings, then try again: nothing was changed.',
  refused: 'Correct what it says, then try again: nothing was changed.',
  'half-done': 'Remove there what is left, then try again: nothing was changed in Sen.'
} as const

function failed(what: string, { reason, detail }: { reason: keyof typeof remedies; detail: string }): SenError {
  return new SenError('SEN_CONNECTOR_FAILED', `${what}: ${reason}: ${detail}`, { hint: remedies[reason] })
}
