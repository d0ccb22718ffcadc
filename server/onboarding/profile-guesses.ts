import type { CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import { guessProfiles } from '../../devices/onboarding/guess-profile.ts'
import type { ProfileGuess, Sighting } from '../../devices/onboarding/guess-profile.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'

interface ProfileGuessesProps {
  readonly profiles: ReadonlyMap<string, LoadedProfile>
  /** A runtime for one round of guesses, not started. */
  readonly openRuntime: () => CodecRuntime
}

/** Guesses remembered; the one that was made longest ago goes first. */
const remembered = 2000

/**
 * Guesses profiles in a thread that ends with each round: what strangers sent may take codecs all the time they are
 * allowed, and decoding must not wait for it. One round at a time; the same payload is guessed once.
 */
export class ProfileGuesses {
  readonly #props: ProfileGuessesProps
  readonly #known = new Map<string, readonly ProfileGuess[]>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(props: ProfileGuessesProps) {
    this.#props = props
  }

  /** @returns guesses by device id, the best first. */
  of(sightings: readonly Sighting[]): Promise<ReadonlyMap<string, readonly ProfileGuess[]>> {
    const done = this.#turn.then(() => this.#guess(sightings))
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #guess(sightings: readonly Sighting[]): Promise<ReadonlyMap<string, readonly ProfileGuess[]>> {
    const keys = new Map(sightings.map(sighting => [sighting.id, keyOf(sighting)]))
    const missing = sightings.filter(({ id }) => !this.#known.has(keys.get(id) ?? ''))
    if (missing.length > 0) {
      for (const [id, guesses] of await this.#run(missing)) this.#remember(keys.get(id) ?? '', guesses)
    }
    return new Map(sightings.map(({ id }) => [id, this.#known.get(keys.get(id) ?? '') ?? []]))
  }

  async #run(sightings: readonly Sighting[]): Promise<ReadonlyMap<string, readonly ProfileGuess[]>> {
    const { profiles } = this.#props
    const isCodecNeeded = sightings.some(({ payload }) => payload.kind === 'frame')
    if (!isCodecNeeded) return guessProfiles(sightings, profiles, { run: async () => [] })
    const runtime = this.#props.openRuntime()
    try {
      await runtime.start()
      return await guessProfiles(sightings, profiles, runtime)
    } finally {
      await runtime.stop()
    }
  }

  #remember(key: string, guesses: readonly ProfileGuess[]): void {
    this.#known.delete(key)
    this.#known.set(key, guesses)
    if (this.#known.size <= remembered) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }
}

/** All that a guess depends on. */
function keyOf({ id, payload, kindNames, neighbours }: Sighting): string {
  const sent =
    payload.kind === 'frame'
      ? [payload.fPort, Buffer.from(payload.bytes).toString('hex')]
      : Object.keys(Object(payload.json))
  return JSON.stringify([id, sent, kindNames, [...neighbours]])
}
