import { Readable } from 'node:stream'
import type { Clock } from '../../model/clock.ts'
import { ReceivedIds } from './received-ids.ts'
import { TopicFilters } from './topic-filters.ts'

export interface SessionLimits {
  /** Sessions kept for one credential; the one that has been away longest goes first. */
  readonly perCredential: number
  /** A session whose client stays away longer than this ends, ms. */
  readonly expiryMs: number
  /** Messages that wait for one client, and for all; what comes on top is dropped and counted. */
  readonly queuedMessages: number
  readonly queuedMessagesInAll: number
  /** Payload bytes that wait for one client, and for all. */
  readonly queuedBytes: number
  readonly queuedBytesInAll: number
}

export const defaultSessionLimits: SessionLimits = {
  perCredential: 32,
  expiryMs: 24 * 3_600_000,
  queuedMessages: 1000,
  // About 350 bytes each besides the payload.
  queuedMessagesInAll: 200_000,
  queuedBytes: 1024 * 1024,
  queuedBytesInAll: 64 * 1024 * 1024
}

export interface SessionsProps {
  readonly limits: SessionLimits
  readonly clock: Pick<Clock, 'monotonic'>
  /** Told of each message that was dropped because too many wait for its client. */
  readonly onDropped: () => void
}

interface Subscription {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly rh?: unknown
  readonly rap?: unknown
  readonly nl?: unknown
}

/** A PUBLISH or PUBREL that its client has not acknowledged; aedes gives it its packet id. */
interface Queued {
  readonly cmd: string
  readonly brokerId?: string
  readonly brokerCounter?: number
  readonly topic?: string
  readonly payload?: Buffer
  readonly qos?: number
  readonly retain?: boolean
  readonly dup?: boolean
  messageId?: number | undefined
}

interface ByClient {
  readonly clientId: string
  readonly topic: string
  readonly qos: 0 | 1 | 2
}

interface Session {
  readonly owner: string
  readonly subscriptions: Map<string, ByClient & Subscription>
  readonly received: ReceivedIds
  queue: Queued[]
  queuedBytes: number
  /** When its client left, by the monotonic clock; `undefined` while it is here. */
  awaySince: number | undefined
}

type ClientRef = { readonly id: string }

/**
 * Sessions of clients that asked to keep them (clean session 0), wills and retained messages, in memory and within limits:
 * what aedes calls its persistence. After a restart clients find no session and subscribe again [MQTT-3.2.2-3]; what was
 * acknowledged to them is in the raw log.
 */
export class Sessions {
  readonly #props: SessionsProps
  readonly #sessions = new Map<string, Session>()
  /** Client ids by credential. */
  readonly #owned = new Map<string, Set<string>>()
  readonly #filters = new TopicFilters<ByClient>()
  /** By the topic's first two levels, which every filter that is granted names; then by topic. */
  readonly #retained = new Map<string, Map<string, Queued>>()
  readonly #wills = new Map<string, object>()
  #queuedBytes = 0
  #queuedMessages = 0

  constructor(props: SessionsProps) {
    this.#props = props
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Payload bytes that wait for clients. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Rises whenever `isWanted` may answer otherwise. */
  get generation(): number {
    return this.#filters.generation
  }

  /** Whether a session, here or away, wants messages of this topic at QoS 1 or 2. */
  isWanted(topic: string): boolean {
    return this.#filters.match(topic).length > 0
  }

  has(clientId: string): boolean {
    return this.#sessions.has(clientId)
  }

  /**
   * A client is here that keeps its session.
   *
   * @returns the QoS 2 packet ids of its session; `undefined` if its credential may have no more sessions.
   */
  resume(clientId: string, owner: string): ReceivedIds | undefined {
    const known = this.#sessions.get(clientId)
    if (known) {
      known.awaySince = undefined
      return known.received
    }
    const own = this.#owned.get(owner) ?? new Set()
    if (own.size >= this.#props.limits.perCredential) {
      const longest = this.#longestAway(own)
      if (longest === undefined) return undefined
      this.#end(longest)
    }
    this.#owned.set(owner, own.add(clientId))
    const session = {
      owner,
      subscriptions: new Map(),
      received: new ReceivedIds(),
      queue: [],
      queuedBytes: 0,
      awaySince: undefined
    }
    this.#sessions.set(clientId, session)
    return session.received
  }

  /** Its client has gone. */
  leave(clientId: string): void {
    const session = this.#sessions.get(clientId)
    if (session) session.awaySince = this.#props.clock.monotonic()
  }

  /** Ends the sessions whose clients have stayed away too long. @returns how many. */
  expire(): number {
    const before = this.#props.clock.monotonic() - this.#props.limits.expiryMs
    let count = 0
    for (const [clientId, { awaySince }] of this.#sessions) {
      if (awaySince === undefined || awaySince > before) continue
      this.#end(clientId)
      count++
    }
    return count
  }

  /** Ends every session of a credential. */
  endOf(owner: string): void {
    for (const clientId of [...(this.#owned.get(owner) ?? [])]) this.#end(clientId)
  }

  /** The client was granted a filter. */
  subscribe(clientId: string, subscription: Subscription): void {
    const session = this.#sessions.get(clientId)
    if (!session) return
    this.#forget(session, subscription.topic)
    const entry = { ...subscription, clientId }
    session.subscriptions.set(subscription.topic, entry)
    if (subscription.qos > 0) this.#filters.add(subscription.topic, entry)
  }

  /** The client may not have this filter any more. */
  unsubscribe(clientId: string, filter: string): void {
    const session = this.#sessions.get(clientId)
    if (session) this.#forget(session, filter)
  }

  /** Where packet ids may begin, so that none meets one that waits for its acknowledgement. */
  nextPacketId(clientId: string): number {
    const newest = this.#sessions.get(clientId)?.queue.findLast(({ messageId }) => messageId !== undefined)?.messageId
    return newest === undefined ? 1 : (newest % 65_535) + 1
  }

  /** Retained states that are no one's any more go. */
  dropRetained(isGone: (topic: string) => boolean): void {
    for (const [prefix, states] of this.#retained) {
      for (const topic of states.keys()) if (isGone(topic)) states.delete(topic)
      if (states.size === 0) this.#retained.delete(prefix)
    }
  }

  /* From here on: what aedes asks of its persistence. */

  async setup(): Promise<void> {
    // Nothing to open.
  }

  async storeRetained(packet: Queued & { readonly topic: string; readonly payload: Buffer }): Promise<void> {
    const prefix = firstLevels(packet.topic)
    const states = this.#retained.get(prefix) ?? new Map<string, Queued>()
    // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
    if (packet.payload.length === 0) states.delete(packet.topic)
    else states.set(packet.topic, { ...packet, payload: Buffer.from(packet.payload) })
    if (states.size > 0) this.#retained.set(prefix, states)
    else this.#retained.delete(prefix)
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const wanted = new TopicFilters<true>()
    for (const filter of filters) wanted.add(filter, true)
    const prefixes = new Set(filters.map(firstLevels))
    const near = [...prefixes].flatMap(prefix => [...(this.#retained.get(prefix)?.values() ?? [])])
    return Readable.from(near.filter(({ topic = '' }) => wanted.match(topic).length > 0))
  }

  /** aedes gives the whole packet, with what was refused: `subscribe` is called for what was granted. */
  async addSubscriptions(): Promise<void> {
    // Done already.
  }

  async removeSubscriptions({ id }: ClientRef, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(id)
    if (session) for (const filter of filters) this.#forget(session, filter)
  }

  async subscriptionsByClient({ id }: ClientRef): Promise<readonly Subscription[]> {
    return [...(this.#sessions.get(id)?.subscriptions.values() ?? [])]
  }

  /** [MQTT-3.1.2-6] A client that asks for a clean session leaves nothing of an earlier one. */
  async cleanSubscriptions({ id }: ClientRef): Promise<void> {
    this.#end(id)
  }

  async cleanIncoming(): Promise<void> {
    // QoS 2 packet ids end with their session.
  }

  /** One entry for each client, with the highest QoS of its filters that fit. [MQTT-3.3.5-1] */
  async subscriptionsByTopic(topic: string): Promise<readonly ByClient[]> {
    const byClient = new Map<string, ByClient>()
    for (const entry of this.#filters.match(topic)) {
      if ((byClient.get(entry.clientId)?.qos ?? 0) < entry.qos) byClient.set(entry.clientId, entry)
    }
    return [...byClient.values()]
  }

  async outgoingEnqueue(
    { clientId, qos }: Pick<ByClient, 'clientId'> & { readonly qos?: number },
    packet: Queued
  ): Promise<void> {
    const session = this.#sessions.get(clientId)
    if (!session) return
    const size = packet.payload?.length ?? 0
    const { queuedMessages, queuedMessagesInAll, queuedBytes, queuedBytesInAll } = this.#props.limits
    const isFull =
      session.queue.length >= queuedMessages ||
      this.#queuedMessages >= queuedMessagesInAll ||
      session.queuedBytes + size > queuedBytes ||
      this.#queuedBytes + size > queuedBytesInAll
    if (isFull) {
      this.#props.onDropped()
      return
    }
    // A copy: the payload is a view of all that its connection read at once.
    session.queue.push({
      ...packet,
      payload: Buffer.from(packet.payload ?? []),
      // [MQTT-3.8.4-6]
      qos: Math.min(packet.qos ?? 0, qos ?? 2),
      messageId: undefined
    })
    session.queuedBytes += size
    this.#queuedBytes += size
    this.#queuedMessages++
  }

  async outgoingEnqueueCombi(entries: readonly ByClient[], packet: Queued): Promise<void> {
    for (const entry of entries) await this.outgoingEnqueue(entry, packet)
  }

  /** The message was given its packet id, or a PUBREL stands in its place. What was dropped is sent, and not kept. */
  async outgoingUpdate({ id }: ClientRef, packet: Queued): Promise<void> {
    const session = this.#sessions.get(id)
    if (!session) return
    if (packet.cmd === 'pubrel') {
      const at = session.queue.findIndex(({ messageId }) => messageId === packet.messageId)
      if (at >= 0) this.#replace(session, at, packet)
      return
    }
    const { brokerId, brokerCounter, messageId } = packet
    const queued = session.queue.find(one => one.brokerId === brokerId && one.brokerCounter === brokerCounter)
    if (queued) queued.messageId = messageId
  }

  async outgoingClearMessageId({ id }: ClientRef, packet: Queued): Promise<Queued | undefined> {
    const session = this.#sessions.get(id)
    if (!session || packet.messageId === undefined) return undefined
    const at = session.queue.findIndex(({ messageId }) => messageId === packet.messageId)
    return at < 0 ? undefined : this.#replace(session, at)
  }

  /** What its client has not acknowledged, oldest first; marked as sent before if it was. [MQTT-3.3.1-1] [MQTT-4.4.0-1] */
  outgoingStream({ id }: ClientRef): Readable {
    const queue = this.#sessions.get(id)?.queue ?? []
    return Readable.from(
      queue.map(packet =>
        packet.cmd === 'publish' && packet.messageId !== undefined ? { ...packet, dup: true } : packet
      )
    )
  }

  async putWill({ id }: ClientRef, will: object): Promise<void> {
    this.#wills.set(id, will)
  }

  async delWill({ id }: ClientRef): Promise<void> {
    this.#wills.delete(id)
  }

  /** Wills of other brokers of a cluster: there is none. */
  streamWill(): Readable {
    return Readable.from([])
  }

  #longestAway(clientIds: ReadonlySet<string>): string | undefined {
    let longest: string | undefined
    let since = Number.POSITIVE_INFINITY
    for (const clientId of clientIds) {
      const { awaySince } = this.#sessions.get(clientId) ?? {}
      if (awaySince === undefined || awaySince >= since) continue
      longest = clientId
      since = awaySince
    }
    return longest
  }

  #replace(session: Session, at: number, by?: Queued): Queued | undefined {
    const [removed] = by ? session.queue.splice(at, 1, by) : session.queue.splice(at, 1)
    const size = removed?.payload?.length ?? 0
    session.queuedBytes -= size
    this.#queuedBytes -= size
    if (!by) this.#queuedMessages--
    return removed
  }

  #forget(session: Session, filter: string): void {
    const entry = session.subscriptions.get(filter)
    if (!entry) return
    session.subscriptions.delete(filter)
    if (entry.qos > 0) this.#filters.remove(filter, entry)
  }

  #end(clientId: string): void {
    const session = this.#sessions.get(clientId)
    if (!session) return
    for (const filter of session.subscriptions.keys()) this.#forget(session, filter)
    this.#queuedBytes -= session.queuedBytes
    this.#queuedMessages -= session.queue.length
    this.#sessions.delete(clientId)
    const own = this.#owned.get(session.owner)
    own?.delete(clientId)
    if (own?.size === 0) this.#owned.delete(session.owner)
  }
}

/** `site/{site}` of a topic or filter. */
function firstLevels(topic: string): string {
  const second = topic.indexOf('/', topic.indexOf('/') + 1)
  return second < 0 ? topic : topic.slice(0, second)
}
