import type { Provisioning } from '../province/provisioning.ts'

/** Words for people, in both languages. */
export interface Words {
  readonly vi: string
  readonly en: string
}

/** The connection a message goes out by: as a network server's connector, or with the login of a site. */
export type Line = 'chirpstack' | 'tts' | `site:${string}`

/** A message as it goes out, at QoS 1. */
export interface Published {
  readonly kind: 'publish'
  /** When it goes out by the scenario's own clock, ms since the epoch, UTC. */
  readonly at: number
  readonly line: Line
  readonly topic: string
  readonly payload: string | Uint8Array
}

/** What a person or a program does meanwhile through the HTTP API, after all that went out before is acknowledged. */
export interface Called {
  readonly kind: 'call'
  readonly at: number
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`. */
  readonly path: string
  readonly body?: unknown
}

export type ScenarioStep = Published | Called

/** What a scenario's steps may depend on, and nothing else. */
export interface ScenarioMoment {
  /** Decides everything that is left to chance. */
  readonly seed: number
  /** When it begins, ms since the epoch, UTC: a whole minute. */
  readonly from: number
}

/**
 * A piece of bad or difficult weather that Sen must come through: what devices, networks and people do, in order.
 * Deterministic: the same moment gives the same steps.
 */
export interface Scenario {
  /** As its folder is called. */
  readonly name: string
  readonly title: Words
  /** What happens, in a sentence or two. */
  readonly happens: Words
  /** What Sen should show of it; `outcome.fixture.ts` in its folder checks this to the last reading. */
  readonly shows: Words
  /** From the first step to the last, ms; well within the time that doors believe devices (30 days). */
  readonly lastsMs: number
  /**
   * What comes of it depends on when its messages come and not only on what they say: silence, and clocks that are wrong. It
   * is never played at once.
   */
  readonly takesItsTime?: boolean
  /** What is registered before it begins. */
  readonly provisioning: (moment: ScenarioMoment) => Provisioning
  /** In the order in which they happen: `at` never runs back. */
  readonly steps: (moment: ScenarioMoment) => Iterable<ScenarioStep>
}
