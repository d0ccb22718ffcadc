import { idPattern } from '../model/ids.ts'

/** What a topic says of its message. Names as in `docs/mqtt.md`. */
export type Topic =
  | { readonly kind: 'telemetry'; readonly site: string; readonly device: string }
  | { readonly kind: 'status' | 'reply'; readonly site: string; readonly device: string }
  | { readonly kind: 'chirpstack'; readonly application: string; readonly device: string; readonly event: string }
  | TtsTopic
  | { readonly kind: 'unknown' }

/** Of The Things Stack v3. It does not name a device as Sen does: `endDevice` is the id that the network server gave it. */
export interface TtsTopic {
  readonly kind: 'tts'
  /** `{application}@{tenant}`, or the application alone where the server has no tenants. */
  readonly application: string
  readonly endDevice: string
  readonly event: string
}

const unknown: Topic = { kind: 'unknown' }
/** What The Things Stack publishes below a device; `down/push` and `down/replace` are for it to read. */
const ttsEvents: ReadonlySet<string> = new Set([
  'up',
  'up/normalized',
  'join',
  ...['queued', 'sent', 'ack', 'nack', 'failed', 'invalidated'].map(state => `down/${state}`),
  'location/solved',
  'service/data'
])
const siteKinds = new Map([
  ['telemetry', 'telemetry'],
  ['status', 'status']
] as const)

/** Devices publish to the same topics over and over: what was read once is remembered, up to this many. */
const mostRemembered = 50_000
const remembered = new Map<string, Topic>()

/**
 * Reads `site/{site}/{device}/telemetry|status|command/reply`, `application/{id}/device/{DevEUI}/event/{event}` and
 * `v3/{application}@{tenant}/devices/{device}/up|join|…`. A DevEUI is given in lower case, as it is the device's id.
 */
export function topicOf(topic: string): Topic {
  const known = remembered.get(topic)
  if (known) return known
  const parsed = parse(topic)
  // What means nothing may be of any length, and never come again.
  if (parsed.kind === 'unknown') return parsed
  if (remembered.size >= mostRemembered) remembered.clear()
  remembered.set(topic, parsed)
  return parsed
}

function parse(topic: string): Topic {
  const levels = topic.split('/')
  if (levels[0] === 'site') return siteTopic(levels)
  if (levels[0] === 'application') return chirpStackTopic(levels)
  if (levels[0] === 'v3') return ttsTopic(levels)
  return unknown
}

function siteTopic(levels: readonly string[]): Topic {
  const [, site = '', device = '', leaf = '', reply] = levels
  if (!idPattern.test(site) || !idPattern.test(device)) return unknown
  if (levels.length === 5 && leaf === 'command' && reply === 'reply') return { kind: 'reply', site, device }
  const kind = levels.length === 4 ? siteKinds.get(leaf as 'telemetry') : undefined
  return kind === undefined ? unknown : { kind, site, device }
}

function chirpStackTopic(levels: readonly string[]): Topic {
  const [, application = '', deviceWord, devEui = '', eventWord, event = ''] = levels
  const fits = levels.length === 6 && deviceWord === 'device' && eventWord === 'event'
  if (!fits || !idPattern.test(application)) return unknown
  if (!/^[0-9a-fA-F]{16}$/.test(devEui) || !/^[a-z]{1,20}$/.test(event)) return unknown
  return { kind: 'chirpstack', application, device: devEui.toLowerCase(), event }
}

function ttsTopic(levels: readonly string[]): Topic {
  const [, application = '', devicesWord, endDevice = '', ...rest] = levels
  const [id = '', tenant = id, ...more] = application.split('@')
  const isNamed = more.length === 0 && [id, tenant, endDevice].every(name => idPattern.test(name))
  const event = rest.join('/')
  if (devicesWord !== 'devices' || !isNamed || !ttsEvents.has(event)) return unknown
  return { kind: 'tts', application, endDevice, event }
}
