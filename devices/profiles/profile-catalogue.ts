import { SenError } from '../../model/errors.ts'
import type { ProfileVersion } from '../../model/profile.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { profileOfVersion } from './load-profiles.ts'
import type { LoadedProfile } from './load-profiles.ts'

/**
 * Profiles by id: those of folders, and above them the versions that were put in place while Sen ran. Kept in step by the
 * registry's changes, so that everybody has the same version at the same place of the raw log.
 */
export class ProfileCatalogue extends Map<string, LoadedProfile> {
  readonly #folders: ReadonlyMap<string, LoadedProfile>

  /** @param versions - what stands above the folders' profiles now. */
  constructor(folders: ReadonlyMap<string, LoadedProfile>, versions: Iterable<ProfileVersion> = []) {
    super(folders)
    this.#folders = folders
    for (const version of versions) this.#put(version)
  }

  /** Profiles as they are without versions of their own. */
  get folders(): ReadonlyMap<string, LoadedProfile> {
    return this.#folders
  }

  /** The profile as it is without a version of its own. */
  shipped(id: string): LoadedProfile | undefined {
    return this.#folders.get(id)
  }

  /** Takes in a change; those that are not about profiles change nothing. */
  apply(change: RegistryChange): void {
    if (change.kind === 'profile') this.#put(change.version)
    if (change.kind !== 'profile-removed') return
    const shipped = this.#folders.get(change.id)
    if (shipped) this.set(change.id, shipped)
    else this.delete(change.id)
  }

  /** A version that this Sen cannot read is not there: its devices' messages wait in quarantine. */
  #put(version: ProfileVersion): void {
    try {
      this.set(version.profile.id, profileOfVersion(version))
    } catch (cause) {
      if (!(cause instanceof SenError)) throw cause
      this.delete(version.profile.id)
    }
  }
}
