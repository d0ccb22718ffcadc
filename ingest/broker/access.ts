import type { CredentialKind } from '../../storage/state/state-store.ts'
import { topicOf } from '../topics.ts'

/** Who is connected: what its credential opens. */
export type Identity = MachineIdentity | TokenIdentity

interface MachineIdentity {
  readonly kind: CredentialKind
  /** Id of the device, the site or the connector. */
  readonly subject: string
  readonly username: string
}

/** A program with an API token: its rights are asked for at each topic, and may change. */
interface TokenIdentity {
  readonly kind: 'token'
  readonly subject: string
  readonly username: string
  readonly mayPublish: (site: string) => boolean
  readonly maySubscribe: (site: string) => boolean
}

/** Why a publish or subscription is refused. Labels of `sen_mqtt_refused_total`. */
export type Refusal = 'topic-not-allowed' | 'device-unknown' | 'topic-unknown'

/**
 * Says whether this identity may publish to the topic: a device below its own topics, a site below its own, a connector
 * what connectors bring.
 *
 * @param siteOf - the site at which a registered device stands, or `undefined` for one that is not registered.
 * @returns `undefined` if it may, else the reason.
 */
export function publishRefusal(
  identity: Identity,
  topic: string,
  siteOf: (device: string) => string | undefined
): Refusal | undefined {
  const parsed = topicOf(topic)
  if (parsed.kind === 'unknown') return 'topic-unknown'
  if (parsed.kind === 'chirpstack' || parsed.kind === 'gateway' || parsed.kind === 'tts')
    return identity.kind === 'connector' ? undefined : 'topic-not-allowed'
  switch (identity.kind) {
    case 'connector':
    case 'webhook':
      return 'topic-not-allowed'
    case 'site':
      return parsed.site === identity.subject ? undefined : 'topic-not-allowed'
    case 'device': {
      const site = siteOf(identity.subject)
      if (site === undefined) return 'device-unknown'
      return parsed.device === identity.subject && parsed.site === site ? undefined : 'topic-not-allowed'
    }
    case 'token':
      return identity.mayPublish(parsed.site) ? undefined : 'topic-not-allowed'
    default:
      return identity satisfies never
  }
}

/** Where commands for devices of a network server stand: of ChirpStack, and of The Things Stack. */
const downlinkFilter =
  /^(?:application\/[^/]+\/device\/[^/]+\/command\/down|v3\/[^/]+\/devices\/[^/]+\/down\/(?:push|replace))$/

/**
 * Says whether this identity may subscribe to the filter: only to what lies wholly below its own topics.
 *
 * @returns `undefined` if it may, else the reason.
 */
export function subscribeRefusal(
  identity: Identity,
  filter: string,
  siteOf: (device: string) => string | undefined
): Refusal | undefined {
  switch (identity.kind) {
    case 'connector':
      return downlinkFilter.test(filter) ? undefined : 'topic-not-allowed'
    case 'webhook':
      return 'topic-not-allowed'
    case 'site':
      return filter.startsWith(`site/${identity.subject}/`) ? undefined : 'topic-not-allowed'
    case 'device': {
      const site = siteOf(identity.subject)
      if (site === undefined) return 'device-unknown'
      return filter.startsWith(`site/${site}/${identity.subject}/`) ? undefined : 'topic-not-allowed'
    }
    case 'token': {
      const [, site] = /^site\/([^/+#]+)\//.exec(filter) ?? []
      return site !== undefined && identity.maySubscribe(site) ? undefined : 'topic-not-allowed'
    }
    default:
      return identity satisfies never
  }
}
