import type { CodecRuntime } from '../devices/codec/codec-runtime.ts'
import { compareCodecs } from '../devices/profiles/compare-codecs.ts'
import type { CodecComparison } from '../devices/profiles/compare-codecs.ts'
import { codecFor } from '../devices/profiles/load-profiles.ts'
import type { LoadedProfile } from '../devices/profiles/load-profiles.ts'
import { proveProfiles } from '../devices/profiles/prove-profiles.ts'
import { SenError } from '../model/errors.ts'

interface CodecTrialsProps {
  readonly profiles: ReadonlyMap<string, LoadedProfile>
  /** A runtime for one trial, not started. */
  readonly openRuntime: () => CodecRuntime
}

/** A comparison, and which versions it is of: profile and hash of the source. */
export interface CodecTrial extends CodecComparison {
  readonly present: string
  readonly version: string
}

/**
 * Tries codecs out beside the ones in use. One at a time, each in a thread of its own that ends with it: strangers' code may
 * take all the time it is allowed, and decoding must not wait for it.
 */
export class CodecTrials {
  readonly #props: CodecTrialsProps
  #isBusy = false

  constructor(props: CodecTrialsProps) {
    this.#props = props
  }

  /**
   * Compares a codec with the profile's present one on the profile's examples.
   *
   * @throws SenError `SEN_NOT_FOUND`, `SEN_INPUT_INVALID` if the profile has no codec, `SEN_PROFILE_INVALID` if the source is
   * too long, `SEN_OVERLOADED` while another is being tried.
   */
  async compare(id: string, source: string): Promise<CodecTrial> {
    const found = this.#props.profiles.get(id)
    if (!found) throw new SenError('SEN_NOT_FOUND', `find profile ${id}: there is none`)
    const { codec: present, examples } = found
    if (!present)
      throw new SenError('SEN_INPUT_INVALID', `try codec of profile ${id}: its payload is JSON, without a codec`)
    const other = codecFor(found.profile, source)
    const comparison = await this.#alone(id, runtime => compareCodecs({ present, other }, examples, runtime))
    return { present: present.id, version: other.id, ...comparison }
  }

  /**
   * Runs the examples of a profile that is to be put in place.
   *
   * @returns the profile, its codec marked if its answers depend on earlier calls.
   * @throws SenError `SEN_PROFILE_INVALID` naming example and difference, `SEN_OVERLOADED` as `compare`.
   */
  async prove(loaded: LoadedProfile): Promise<LoadedProfile> {
    const { id } = loaded.profile
    const proven = await this.#alone(id, runtime => proveProfiles(new Map([[id, loaded]]), runtime))
    return proven.get(id) ?? loaded
  }

  async #alone<T>(id: string, work: (runtime: CodecRuntime) => Promise<T>): Promise<T> {
    if (this.#isBusy) {
      throw new SenError('SEN_OVERLOADED', `try codec of profile ${id}: another is being tried`, { retryAfterS: 5 })
    }
    this.#isBusy = true
    const runtime = this.#props.openRuntime()
    try {
      await runtime.start()
      return await work(runtime)
    } finally {
      this.#isBusy = false
      await runtime.stop()
    }
  }
}
