import { readFileSync } from 'node:fs'

/** A ChirpStack event as documented by its makers; each file names its source. */
export interface ChirpStackEvent {
  readonly topic: string
  readonly payload: Readonly<Record<string, unknown>>
  /** The same in protobuf, Base64. */
  readonly protobuf?: string
}

/** @returns the event of `tests/events/chirpstack-<name>.json`. */
export function chirpStackEvent(name: string): ChirpStackEvent {
  const file = new URL(`./chirpstack-${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as ChirpStackEvent
}

/** @returns the event with its time, and its gateways' times, moved to `at`. */
export function movedTo(
  event: ChirpStackEvent,
  at: number,
  changes: Readonly<Record<string, unknown>> = {}
): ChirpStackEvent {
  const time = new Date(at).toISOString()
  return { ...event, payload: { ...event.payload, time, ...changes } }
}
