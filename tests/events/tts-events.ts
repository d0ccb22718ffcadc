import { readFileSync, readdirSync } from 'node:fs'

/** An event of The Things Stack v3 as documented by its makers; each file names its source. */
export interface TtsEvent {
  readonly topic: string
  readonly payload: TtsPayload
}

export interface TtsPayload extends Readonly<Record<string, unknown>> {
  readonly end_device_ids: Readonly<Record<string, unknown>>
  readonly uplink_message?: Readonly<Record<string, unknown>>
}

const folder = new URL('.', import.meta.url)

/** Names of all events: `up`, `join`, `down-ack`, … */
export const ttsEventNames: readonly string[] = readdirSync(folder)
  .flatMap(file => /^tts-(.+)\.json$/.exec(file)?.[1] ?? [])
  .toSorted()

/** @returns the event of `tests/events/tts-<name>.json`. */
export function ttsEvent(name: string): TtsEvent {
  return JSON.parse(readFileSync(new URL(`tts-${name}.json`, folder), 'utf8')) as TtsEvent
}

/** @returns the uplink with its time moved to `at`, and changes to its message. */
export function ttsUplinkAt(event: TtsEvent, at: number, changes: Readonly<Record<string, unknown>> = {}): TtsEvent {
  const time = new Date(at).toISOString()
  const { uplink_message: message = {} } = event.payload
  const uplink_message = { ...message, received_at: time, settings: { time }, ...changes }
  return { ...event, payload: { ...event.payload, received_at: time, uplink_message } }
}
