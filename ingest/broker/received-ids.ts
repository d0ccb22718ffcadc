import type { Duplex } from 'node:stream'
import type { Outbound } from './outbound.ts'

/** QoS 2 messages of one session that wait for their PUBREL. */
const mostHalfOpen = 64

/** What is to be done with a QoS 2 PUBLISH. */
export type Arrival = 'new' | 'being-kept' | 'kept' | 'too-many'

/** Answers that are owed, in this order. */
export interface OwedAnswers {
  readonly pubrecs: number
  readonly pubcomps: number
}

interface Received {
  isKept: boolean
  /** PUBLISHes and PUBRELs that came before it was kept. */
  pubrecs: number
  pubcomps: number
}

/**
 * Packet ids of QoS 2 messages that were received and not released: each is kept once, however often it comes before its
 * PUBREL; after it the id serves for another message, even while the first is still being kept. [MQTT-4.3.3-2]
 */
export class ReceivedIds {
  /** The client's connection at present: it is answered there, though another may have brought the message. */
  holder: { readonly outbound: Outbound; readonly stream: Duplex } | undefined
  /** By packet id, oldest first; more than one only while the older ones are being kept. */
  readonly #byId = new Map<number, Received[]>()
  #size = 0

  arrive(id: number): Arrival {
    const list = this.#byId.get(id) ?? []
    const newest = list.at(-1)
    if (newest?.isKept) return 'kept'
    if (newest && newest.pubcomps === 0) {
      newest.pubrecs++
      return 'being-kept'
    }
    if (this.#size >= mostHalfOpen) return 'too-many'
    list.push({ isKept: false, pubrecs: 1, pubcomps: 0 })
    this.#byId.set(id, list)
    this.#size++
    return 'new'
  }

  /** The oldest that was being kept is durable. */
  kept(id: number): OwedAnswers {
    const oldest = this.#byId.get(id)?.find(({ isKept }) => !isKept)
    if (!oldest) return { pubrecs: 1, pubcomps: 0 }
    const { pubrecs, pubcomps } = oldest
    oldest.isKept = true
    oldest.pubrecs = 0
    if (pubcomps > 0) this.#remove(id, oldest)
    return { pubrecs, pubcomps }
  }

  /** The oldest that was being kept will not be: it may come again. */
  lost(id: number): void {
    const oldest = this.#byId.get(id)?.find(({ isKept }) => !isKept)
    if (oldest) this.#remove(id, oldest)
  }

  /** PUBREL. @returns whether PUBCOMP is to be sent now; else it is owed once the message is kept. */
  release(id: number): boolean {
    const newest = this.#byId.get(id)?.at(-1)
    if (newest && !newest.isKept) {
      newest.pubcomps++
      return false
    }
    if (newest) this.#remove(id, newest)
    return true
  }

  #remove(id: number, one: Received): void {
    const rest = this.#byId.get(id)?.filter(other => other !== one) ?? []
    this.#size--
    if (rest.length > 0) this.#byId.set(id, rest)
    else this.#byId.delete(id)
  }
}
