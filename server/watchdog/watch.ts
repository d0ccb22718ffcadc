/** What a look at Sen found: alive and moving, or why not. */
export type Pulse =
  | { readonly isUp: false; readonly reason: string }
  | {
      readonly isUp: true
      /** Position of the newest record of the raw log, which has a tick a second. `undefined`: not told without a token. */
      readonly position: number | undefined
      /** How long ago the loop that tells people came round, ms. */
      readonly notifierAgeMs: number | undefined
    }

/** What is to be told: once when Sen stops, once when it is back. */
export type Ring =
  | { readonly kind: 'down'; readonly reason: string; readonly since: number }
  | { readonly kind: 'back'; readonly reason: string; readonly since: number; readonly until: number }

/** What the watch remembers between looks. */
export interface Watch {
  readonly lastPosition: number | undefined
  /** Looks in a row that found something wrong. */
  readonly bad: number
  readonly outage: { readonly reason: string; readonly since: number } | undefined
}

/** Before the first look. */
export const unwatched: Watch = { lastPosition: undefined, bad: 0, outage: undefined }

export interface WatchLimits {
  /** So many looks in a row must find it wrong: one lost packet is no outage. */
  readonly looks: number
  /** Older than this and the loop that tells people counts as stopped, ms. */
  readonly notifierMs: number
}

/**
 * One look. Pure: rings once an outage, and once when it is over.
 *
 * @param now - ms since the epoch.
 */
export function watched(
  watch: Watch,
  pulse: Pulse,
  { now, looks, notifierMs }: WatchLimits & { readonly now: number }
): { readonly watch: Watch; readonly ring: Ring | undefined } {
  const reason = reasonOf(watch, pulse, notifierMs)
  const lastPosition = pulse.isUp ? (pulse.position ?? watch.lastPosition) : watch.lastPosition
  const { outage } = watch
  if (reason === undefined) {
    const ring = outage && ({ kind: 'back', ...outage, until: now } as const)
    return { watch: { lastPosition, bad: 0, outage: undefined }, ring }
  }
  const bad = watch.bad + 1
  if (outage || bad < looks) return { watch: { lastPosition, bad, outage }, ring: undefined }
  const begun = { reason, since: now }
  return { watch: { lastPosition, bad, outage: begun }, ring: { kind: 'down', ...begun } }
}

function reasonOf({ lastPosition }: Watch, pulse: Pulse, notifierMs: number): string | undefined {
  if (!pulse.isUp) return pulse.reason
  const { position, notifierAgeMs } = pulse
  if (position !== undefined && lastPosition !== undefined && position <= lastPosition)
    return `its log stands still at ${position}`
  if (notifierAgeMs !== undefined && notifierAgeMs > notifierMs)
    return `nobody is told of alarms since ${Math.round(notifierAgeMs / 1000)} s`
  return undefined
}
