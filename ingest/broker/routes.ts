import { quotaHolder } from '../device-quota.ts'
import type { Allowance, DeviceQuota } from '../device-quota.ts'
import { topicOf } from '../topics.ts'
import { publishRefusal } from './access.ts'
import type { Identity, Refusal } from './access.ts'
import { isTopicName } from './connect-packet.ts'
import { isText } from './mqtt-text.ts'

/** What is known of a topic on a connection: read once, then looked up. */
export interface Route {
  readonly topic: string
  /** The sender's device; what it may send is counted by it. */
  readonly allowance: Allowance
  /** A small state of a registered device is kept for later subscribers; the history of readings is the series store's. */
  readonly isState: boolean
  /** Whether anybody subscribes to it, as of `wantedAt`. */
  isWanted: boolean
  wantedAt: number
}

export interface RoutesProps {
  readonly identity: Identity
  readonly siteOf: (device: string) => string | undefined
  readonly quota: DeviceQuota
}

/** Topics remembered for one connection: a gateway's devices. */
const mostRemembered = 4096

/** The topics that one connection publishes to. Forgotten whenever the registry changes. */
export class Routes {
  readonly #props: RoutesProps
  readonly #byTopic = new Map<string, Route>()
  #generation = 0
  #now = 0

  constructor(props: RoutesProps) {
    this.#props = props
  }

  /**
   * To be called before reading.
   *
   * @param generation - rises with every change of the registry.
   * @param now - ms that never run back.
   */
  since(generation: number, now: number): void {
    this.#now = now
    if (generation === this.#generation) return
    this.#byTopic.clear()
    this.#generation = generation
  }

  /** @returns what is known of the topic in `bytes` from `start` to `end`, or why it may not be published to. */
  of(bytes: Buffer, start: number, end: number): Route | RouteRefusal {
    // Only plain ASCII is remembered, for which this is the text itself.
    const latin = bytes.toString('latin1', start, end)
    return this.#byTopic.get(latin) ?? this.#find(bytes.subarray(start, end), latin)
  }

  #find(bytes: Buffer, latin: string): Route | RouteRefusal {
    if (!isText(bytes)) return 'topic-malformed'
    const topic = bytes.toString('utf8')
    if (!isTopicName(topic)) return 'topic-malformed'
    const { identity, siteOf, quota } = this.#props
    const refusal = publishRefusal(identity, topic, siteOf)
    if (refusal) return refusal
    const parsed = topicOf(topic)
    const device = quotaHolder('device' in parsed ? parsed : undefined, identity.username, siteOf)
    const isState = parsed.kind === 'status' && siteOf(parsed.device) === parsed.site
    const route = { topic, allowance: quota.allowanceOf(device, this.#now), isState, isWanted: false, wantedAt: -1 }
    if (topic === latin) {
      if (this.#byTopic.size >= mostRemembered) this.#byTopic.clear()
      this.#byTopic.set(topic, route)
    }
    return route
  }
}

export type RouteRefusal = Refusal | 'topic-malformed'
