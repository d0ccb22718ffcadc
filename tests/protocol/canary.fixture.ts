import { setTimeout as delay } from 'node:timers/promises'
import { publish } from './packets.ts'
import { Wire } from './wire.ts'

export interface CanaryProps {
  readonly username: string
  readonly password: string
  readonly topic: string
  readonly perSecond: number
}

/** A client that behaves: publishes `seq` 1, 2, 3 … with QoS 1, each with a time of its own, and reads its acknowledgements. */
export class Canary {
  readonly #wire: Wire
  readonly #props: CanaryProps
  #sent = 0
  #acknowledged = 0
  #isStopping = false
  #isLastSent = false
  #running: Promise<unknown> = Promise.resolve()

  private constructor(wire: Wire, props: CanaryProps) {
    this.#wire = wire
    this.#props = props
  }

  static async start(port: number, props: CanaryProps): Promise<Canary> {
    const wire = await Wire.open(port)
    const { username, password } = props
    await wire.login({ clientId: 'canary', username, password, keepAlive: 30 })
    const canary = new Canary(wire, props)
    canary.#running = Promise.all([canary.#send(), canary.#receive()])
    // Whoever stops it is told; until then a failure only ends it.
    canary.#running.catch(() => undefined)
    return canary
  }

  /** Waits for what is on its way. Fails if the connection was lost. */
  async stop(): Promise<{ readonly sent: number; readonly acknowledged: number }> {
    this.#isStopping = true
    await this.#running
    await this.#wire.leave()
    return { sent: this.#sent, acknowledged: this.#acknowledged }
  }

  async #send(): Promise<void> {
    const begin = performance.now()
    let sentAt = 0
    for (let isLast = false; !isLast;) {
      // Whatever is on its way, the last one's acknowledgement is the end.
      isLast = this.#isStopping
      const seq = ++this.#sent
      sentAt = Math.max(sentAt + 1, Date.now())
      const payload = JSON.stringify({ ts: sentAt, seq })
      this.#wire.send(publish({ topic: this.#props.topic, payload, qos: 1, id: ((seq - 1) % 65_535) + 1 }))
      this.#isLastSent = isLast
      await delay(Math.max(1, begin + (seq * 1000) / this.#props.perSecond - performance.now()))
    }
  }

  async #receive(): Promise<void> {
    do {
      const { id } = await this.#wire.next('puback')
      if (id !== (this.#acknowledged % 65_535) + 1) throw new Error(`canary: acknowledged ${id} out of order`)
      this.#acknowledged++
    } while (!this.#isLastSent || this.#acknowledged < this.#sent)
  }
}
