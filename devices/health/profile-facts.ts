import { SenError } from '../../model/errors.ts'
import type { Metric } from '../../model/metric.ts'
import type { ProfileVersion } from '../../model/profile.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { profileOfVersion } from '../profiles/load-profiles.ts'

/** What a profile says that health depends on. */
export interface ProfileFacts {
  readonly profile: { readonly intervalS?: number | undefined }
  readonly metrics: readonly Metric[]
}

/** @returns of each profile what health depends on, and nothing that could not go to another thread. */
export function profileFactsOf(profiles: ReadonlyMap<string, ProfileFacts>): ReadonlyMap<string, ProfileFacts> {
  return new Map([...profiles].map(([id, loaded]) => [id, factsOf(loaded)]))
}

function factsOf({ profile, metrics }: ProfileFacts): ProfileFacts {
  return { profile: { intervalS: profile.intervalS }, metrics }
}

/** What profiles say, by their id: as they were shipped, and above that the versions that the log puts in place. */
export class KnownProfiles {
  readonly #shipped: ReadonlyMap<string, ProfileFacts>
  readonly #versions = new Map<string, ProfileFacts | undefined>()

  /** @param versions - those in place where the fold begins. */
  constructor(shipped: ReadonlyMap<string, ProfileFacts>, versions: Iterable<ProfileVersion>) {
    this.#shipped = shipped
    for (const version of versions) this.#put(version)
  }

  get(id: string): ProfileFacts | undefined {
    return this.#versions.has(id) ? this.#versions.get(id) : this.#shipped.get(id)
  }

  /** @returns the profile that is another one now; `undefined` for a change that is not about profiles. */
  apply(change: RegistryChange): string | undefined {
    if (change.kind === 'profile') return this.#put(change.version)
    if (change.kind !== 'profile-removed') return undefined
    this.#versions.delete(change.id)
    return change.id
  }

  /** A version that this Sen cannot read says nothing. */
  #put(version: ProfileVersion): string {
    const { id } = version.profile
    try {
      this.#versions.set(id, factsOf(profileOfVersion(version)))
    } catch (cause) {
      if (!(cause instanceof SenError)) throw cause
      this.#versions.set(id, undefined)
    }
    return id
  }
}
