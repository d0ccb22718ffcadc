import { idPattern } from '../model/ids.ts'

/** What a topic says of its message. Names as in `docs/mqtt.md`. */
export type Topic =
  | { readonly kind: 'telemetry'; readonly site: string; readonly device: string }
  | { readonly kind: 'status' | 'reply'; readonly site: string; readonly device: string }
  | { readonly kind: 'chirpstack'; readonly application: string; readonly device: string; readonly event: string }
  | TtsTopic
  | GatewayTopic
  | { readonly kind: 'unknown' }

/** Of The Things Stack v3. It does not name a device as Sen does: `endDevice` is the id that the network server gave it. */
export interface TtsTopic {
  readonly kind: 'tts'
  /** `{application}@{tenant}`, or the application alone where the server has no tenants. */
  readonly application: string
  readonly endDevice: string
  readonly event: string
}

/** Of ChirpStack v4's gateway bridge or concentratord: `[{region}/]gateway/{EUI}/event/{event}` or `…/state/conn`. */
export interface GatewayTopic {
  readonly kind: 'gateway'
  /** The EUI in lower case. */
  readonly gateway: string
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
 * Reads `site/{site}/{device}/telemetry|status|command/reply`, `application/{id}/device/{DevEUI}/event/{event}`,
 * `[{region}/]gateway/{EUI}/event|state/{event}` and `v3/{application}@{tenant}/devices/{device}/up|join|…`. EUIs are given in
 * lower case, as they are ids.
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
  if (levels[0] === 'gateway') return gatewayTopic(levels)
  // ChirpStack v4 puts the region before it: `as923_2/gateway/…`.
  if (levels[1] === 'gateway' && idPattern.test(levels[0] ?? '')) return gatewayTopic(levels.slice(1))
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

function gatewayTopic(levels: readonly string[]): Topic {
  const [, eui = '', word = '', event = ''] = levels
  const fits = levels.length === 4 && (word === 'event' || (word === 'state' && event === 'conn'))
  if (!fits || !/^[0-9a-fA-F]{16}$/.test(eui) || !/^[a-z]{1,20}$/.test(event)) return unknown
  return { kind: 'gateway', gateway: eui.toLowerCase(), event }
}

function ttsTopic(levels: readonly string[]): Topic {
  const [, application = '', devicesWord, endDevice = '', ...rest] = levels
  const [id = '', tenant = id, ...more] = application.split('@')
  const isNamed = more.length === 0 && [id, tenant, endDevice].every(name => idPattern.test(name))
  const event = rest.join('/')
  if (devicesWord !== 'devices' || !isNamed || !ttsEvents.has(event)) return unknown
  return { kind: 'tts', application, endDevice, event }
}
