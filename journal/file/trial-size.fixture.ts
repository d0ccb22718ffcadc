/** How much of a trial with random faults is done. */
export interface TrialSize {
  /** Lives and deaths of a log, each from a seed of its own. */
  readonly seeds: number
  /** Single bits turned over. */
  readonly flips: number
  /** A trial ends after this, however many are done. */
  readonly limitMs: number
}

const sizes: Readonly<Record<string, TrialSize>> = {
  quick: { seeds: 1000, flips: 1000, limitMs: Number.POSITIVE_INFINITY },
  long: { seeds: 5000, flips: 3000, limitMs: Number.POSITIVE_INFINITY },
  soak: { seeds: 1_000_000, flips: 100_000, limitMs: 3_600_000 }
}

const { env } = process
const asked = sizes[env['SEN_TEST'] ?? 'quick'] ?? sizes['quick']

/** As `SEN_TEST` asks for (`long`, `soak`); `SEN_SEEDS` gives another number of seeds, `SEN_FIRST_SEED` the one to begin with. */
export const trialSize: TrialSize & { readonly firstSeed: number } = {
  seeds: Number(env['SEN_SEEDS'] ?? asked?.seeds),
  flips: asked?.flips ?? 0,
  limitMs: asked?.limitMs ?? 0,
  firstSeed: Number(env['SEN_FIRST_SEED'] ?? 1)
}

/** For vitest: longer than any trial takes. */
export const trialTimeoutMs = 60_000 + Math.min(trialSize.limitMs, trialSize.seeds * 300)

/** Does `trial` for `count` numbers from the first seed on, until the time is over, and prints which; a failure says its number. */
export async function forSeeds(what: string, count: number, trial: (seed: number) => Promise<unknown>): Promise<void> {
  const { firstSeed, limitMs } = trialSize
  const endAt = performance.now() + limitMs
  let seed = firstSeed
  for (; seed < firstSeed + count && performance.now() < endAt; seed += 1)
    await trial(seed).catch((cause: unknown) => {
      throw new Error(`${what}, seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
  process.stdout.write(`${what}: seeds ${firstSeed} to ${seed - 1}\n`)
}
