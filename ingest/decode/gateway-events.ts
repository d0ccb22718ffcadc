import { z } from 'zod'
import type { GatewayLink } from '../../model/network-event.ts'
import type { EventOutcome } from './event-fields.ts'
import { invalidEvent } from './lorawan-uplink.ts'

/*
 * ChirpStack v4's gateway topics: `stats` (gw.GatewayStats) and `conn` (gw.ConnState) of api/proto/gw/gw.proto. OFFLINE and
 * 0 are defaults, which may be left out.
 */
const gatewayId = z.string().regex(/^[0-9a-fA-F]{16}$/, 'must be 16 hexadecimal digits')
const count = z.number().int().min(0).max(0xff_ff_ff_ff).default(0)
const stats = z.object({
  gatewayId,
  time: z.string().nullish(),
  rxPacketsReceived: count,
  rxPacketsReceivedOk: count,
  txPacketsEmitted: count,
  metadata: z.record(z.string(), z.string()).default({})
})
const connection = z.object({ gatewayId, state: z.enum(['OFFLINE', 'ONLINE']).default('OFFLINE') })

/** Reads a parsed event of a gateway's topic; what comes on its other topics (every frame that it hears) says nothing more. */
export function gatewayEventOf(name: string, json: unknown): EventOutcome {
  switch (name) {
    case 'stats': {
      const parsed = stats.safeParse(json)
      if (!parsed.success) return invalidEvent(parsed.error)
      const { gatewayId: id, rxPacketsReceived, rxPacketsReceivedOk, txPacketsEmitted, metadata, time } = parsed.data
      const gateway = id.toLowerCase()
      const counts = { heard: rxPacketsReceived, heardOk: rxPacketsReceivedOk, sent: txPacketsEmitted }
      return {
        ok: true,
        event: { kind: 'gateway-stats', gateway, ...counts, link: linkOf(metadata) },
        topicName: gateway,
        time: time ?? undefined
      }
    }
    case 'conn': {
      const parsed = connection.safeParse(json)
      if (!parsed.success) return invalidEvent(parsed.error)
      const gateway = parsed.data.gatewayId.toLowerCase()
      return {
        ok: true,
        event: { kind: 'gateway-connection', gateway, isOnline: parsed.data.state === 'ONLINE' },
        topicName: gateway,
        time: undefined
      }
    }
    default:
      return { ok: true, event: undefined, topicName: undefined, time: undefined }
  }
}

/** Keys under which gateways say in their metadata by what they are connected; there is no standard. */
const linkKeys = ['link', 'backhaul', 'uplink', 'wan', 'connection_type', 'network_type', 'interface']

/** Words that gateways, and the network interfaces of Linux, use for what they are connected by. */
const linkWords: readonly (readonly [RegExp, GatewayLink])[] = [
  [/^(?:sat|satellite|starlink|vsat|iridium)/, 'satellite'],
  [/^(?:4g|lte|3g|5g|nr|cellular|modem|wwan|ppp|mobile|cdc|qmi)/, '4g'],
  [/^(?:fib|ftth|gpon|eth|en[opsx]|lan|wired|cable)/, 'fibre'],
  [/^(?:lora|mesh|relay)/, 'lora-backhaul']
]

/** The link that the metadata names under one of `linkKeys`, by the words that gateways use for it. */
function linkOf(metadata: Readonly<Record<string, string>>): GatewayLink | undefined {
  for (const key of linkKeys) {
    const said = Object.hasOwn(metadata, key) ? metadata[key]?.trim().toLowerCase() : undefined
    const found = said && linkWords.find(([word]) => word.test(said))
    if (found) return found[1]
  }
  return undefined
}
