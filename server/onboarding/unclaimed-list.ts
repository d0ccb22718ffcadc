import type { ProfileGuess, Sighting } from '../../devices/onboarding/guess-profile.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { OnboardingStore, UnclaimedDevice } from '../../storage/state/onboarding-store.ts'
import type { Connector } from '../../storage/state/state-store.ts'
import { findingOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { ProfileGuesses } from './profile-guesses.ts'

interface UnclaimedListProps {
  readonly store: Pick<OnboardingStore, 'unclaimed' | 'samples'>
  readonly registry: RegistrySnapshot
  readonly connectors: () => Promise<readonly Pick<Connector, 'name' | 'organisation'>[]>
  readonly guesses: ProfileGuesses
}

/** A device that was heard, and whose finding it is. */
export interface OwnedFinding extends UnclaimedDevice {
  /** The organisation of the site or connector that brought it; the root where neither is known. */
  readonly organisation: string
}

/** A device that was heard, with all that helps to recognise it. */
export interface UnclaimedItem extends OwnedFinding {
  readonly finding: Finding
  readonly guesses: readonly ProfileGuess[]
}

/** As much of an EUI as names its maker: an OUI (IEEE MA-L) of 24 bits. */
const makerDigits = 6

/** The devices that were heard and that nobody has claimed. */
export class UnclaimedList {
  readonly #props: UnclaimedListProps

  constructor(props: UnclaimedListProps) {
    this.#props = props
  }

  /** All that are not registered now, the most recently heard first. */
  all(): Promise<readonly OwnedFinding[]> {
    return this.found()
  }

  /** Of these ids, or of all, the ones that were heard and are not registered now, the most recently heard first. */
  async found(ids?: readonly string[]): Promise<readonly OwnedFinding[]> {
    const { store, registry, connectors } = this.#props
    const devices = await store.unclaimed(ids)
    if (devices.length === 0) return []
    const known = await connectors()
    const organisations = new Map(known.map(({ name, organisation }) => [`connector:${name}`, organisation]))
    return devices
      .filter(({ id }) => registry.deviceOf(id) === undefined)
      .map(device => ({ ...device, organisation: ownerOf(device, registry, organisations) }))
  }

  /** Reads the newest payload of each and guesses its profile. */
  async described(found: readonly OwnedFinding[]): Promise<readonly UnclaimedItem[]> {
    const samples = await this.#props.store.samples(found.map(({ id }) => id))
    const findings = found.map(one => ({ ...one, finding: findingOf(one.topic, samples.get(one.id)) }))
    const sightings = findings.flatMap(({ id, finding }) => {
      const { payload, kindNames } = finding
      return payload ? [{ id, payload, kindNames, neighbours: this.#neighbours(id) }] : []
    })
    const guesses = await this.#props.guesses.of(sightings)
    return findings.map(one => ({ ...one, guesses: guesses.get(one.id) ?? [] }))
  }

  #neighbours(id: string): Sighting['neighbours'] {
    const counts = new Map<string, number>()
    if (!/^[0-9a-f]{16}$/.test(id)) return counts
    const maker = id.slice(0, makerDigits)
    for (const { id: other, hardware = other, profile } of this.#props.registry.devices.values()) {
      if (hardware.length === id.length && hardware.startsWith(maker))
        counts.set(profile, (counts.get(profile) ?? 0) + 1)
    }
    return counts
  }
}

function ownerOf(
  { site, credential }: UnclaimedDevice,
  registry: RegistrySnapshot,
  connectors: ReadonlyMap<string, string>
): string {
  const bySite = registry.sites.get(site ?? '')?.organisation
  const owner = bySite ?? connectors.get(credential)
  return owner !== undefined && registry.organisations.has(owner) ? owner : rootOrganisation
}
