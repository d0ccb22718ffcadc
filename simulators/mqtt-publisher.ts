import { connect } from 'mqtt'
import type { MqttClient } from 'mqtt'
import type { Log } from '../model/log.ts'

export interface Credential {
  readonly username: string
  readonly password: string
}

export interface PublisherProps {
  /** Broker, for example `mqtt://127.0.0.1:1883`. */
  readonly url: string
  readonly credential: Credential
  readonly clientId: string
  readonly log: Log
  /** Messages kept in memory until acknowledged; further ones are dropped and counted. Default 10,000. */
  readonly outboxLimit?: number
}

/** Messages sent and not yet acknowledged; the rest waits in the outbox. */
const inFlightLimit = 64

interface Message {
  readonly topic: string
  readonly payload: string | Uint8Array
}

/**
 * One MQTT 3.1.1 connection that publishes at QoS 1 in order. While the connection is down messages wait in memory, and
 * what was sent without an answer is sent again (DUP) when it is back, so only what exceeds the outbox is lost.
 */
export class MqttPublisher {
  published = 0
  acknowledged = 0
  dropped = 0
  readonly #props: PublisherProps
  readonly #outbox: Message[] = []
  /** In the order of sending. */
  readonly #inFlight = new Set<Message>()
  #client: MqttClient | undefined
  #closing: Promise<void> | undefined
  #wakeUps: (() => void)[] = []

  constructor(props: PublisherProps) {
    this.#props = props
  }

  /** Opens the connection, and again whenever it breaks, until `disconnect`. Does nothing if it is open. */
  connect(): void {
    this.#closing = undefined
    if (this.#client !== undefined) return
    const { url, credential, clientId, log } = this.#props
    const client = connect(url, {
      protocolVersion: 4,
      clientId,
      ...credential,
      clean: true,
      keepalive: 30,
      reconnectPeriod: 500,
      connectTimeout: 5_000
    })
    let isTroubleKnown = false
    client.on('connect', () => {
      isTroubleKnown = false
      log.debug({ clientId }, 'Simulator connected')
      this.#send()
    })
    client.on('error', error => {
      if (!isTroubleKnown)
        log.warn({ clientId, error: error.message }, 'Simulator cannot use the broker and tries again')
      isTroubleKnown = true
    })
    this.#client = client
    this.#send()
  }

  /** Puts a message into the outbox; it leaves while there is a connection. */
  publish(message: Message): void {
    const { clientId, log, outboxLimit = 10_000 } = this.#props
    if (this.pending >= outboxLimit) {
      if (this.dropped++ === 0) log.warn({ clientId, outboxLimit }, 'Simulator drops messages: its outbox is full')
      return
    }
    this.published++
    this.#outbox.push(message)
    this.#send()
  }

  /** Messages that are not acknowledged yet. */
  get pending(): number {
    return this.#outbox.length + this.#inFlight.size
  }

  /** Resolves when everything is acknowledged, or `deadline` is over. */
  async drained(deadline: AbortSignal): Promise<void> {
    while (this.pending > 0 && !deadline.aborted) await this.#acknowledgement(deadline)
  }

  /**
   * Closes the connection once everything is acknowledged, or `deadline` is over; what is not acknowledged then waits for
   * the next `connect`. Safe to call twice. A `connect` meanwhile keeps the connection.
   */
  disconnect(deadline: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(deadline)
    return this.#closing
  }

  async #close(deadline: AbortSignal): Promise<void> {
    // Lets `disconnect` store the promise, by which a `connect` in between is told.
    await Promise.resolve()
    const closing = this.#closing
    await this.drained(deadline)
    const client = this.#client
    if (closing !== this.#closing || client === undefined) return
    this.#client = undefined
    const isDrained = this.#inFlight.size === 0
    this.#outbox.unshift(...this.#inFlight)
    this.#inFlight.clear()
    await client.endAsync(!isDrained || !client.connected)
  }

  #send(): void {
    const client = this.#client
    while (client?.connected === true && this.#inFlight.size < inFlightLimit) {
      const message = this.#outbox.shift()
      if (message === undefined) return
      this.#inFlight.add(message)
      client.publish(message.topic, bytesOf(message.payload), { qos: 1 }, error => {
        // An error means that the client was ended: `disconnect` takes the message back.
        if (error || !this.#inFlight.delete(message)) return
        this.acknowledged++
        for (const wakeUp of this.#wakeUps.splice(0)) wakeUp()
        this.#send()
      })
    }
  }

  async #acknowledgement(deadline: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wakeUp = (): void => resolve()
    this.#wakeUps.push(wakeUp)
    deadline.addEventListener('abort', wakeUp)
    await promise
    deadline.removeEventListener('abort', wakeUp)
  }
}

/** The client takes no other bytes than a Buffer. */
function bytesOf(payload: string | Uint8Array): string | Buffer {
  return typeof payload === 'string' ? payload : Buffer.from(payload)
}
