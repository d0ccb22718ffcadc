import type { ConnectPacket } from './connect-packet.ts'
import type { Connection, Joining } from './connection.ts'

/** A connection whose CONNECT was accepted. */
export interface Successor {
  readonly connection: Connection
  readonly joining: Joining
  readonly packet: ConnectPacket
}

export interface ClientIdsProps {
  /** The client id is free: the connection joins under it. */
  readonly join: (successor: Successor) => void
  /** A client that keeps its session has gone, and no other has come in its place. */
  readonly leave: (clientId: string) => void
}

/**
 * Lets one connection at a time have a client id. [MQTT-3.1.4-2] Whoever comes ends the one before, and joins once neither
 * its stream nor aedes has it any more: of three at once aedes would keep two. Of several that wait the newest joins.
 */
export class ClientIds {
  readonly #props: ClientIdsProps
  readonly #byClientId = new Map<string, Connection>()
  readonly #successors = new Map<Connection, Successor>()

  constructor(props: ClientIdsProps) {
    this.#props = props
  }

  /** Joins now, or when the one before has ended. */
  claim(successor: Successor): void {
    const before = this.#byClientId.get(successor.joining.clientId)
    if (!before) {
      this.#join(successor)
      return
    }
    this.#successors.get(before)?.connection.stream.destroy()
    this.#successors.set(before, successor)
    if (before.isOpen) before.stream.destroy()
  }

  /** It has joined; by now another may wait for it to end. */
  joined(connection: Connection): void {
    if (this.#successors.has(connection)) connection.stream.destroy()
  }

  /** To be called when its stream has closed, and when aedes has let go of it. */
  settle(connection: Connection): void {
    const { clientId, isClean, inAedes, hasEnded } = connection
    if (inAedes !== 'no' || !hasEnded || this.#byClientId.get(clientId) !== connection) return
    this.#byClientId.delete(clientId)
    const successor = this.#successors.get(connection)
    this.#successors.delete(connection)
    if (successor && !successor.connection.hasEnded) this.#join(successor)
    else if (!isClean) this.#props.leave(clientId)
  }

  #join(successor: Successor): void {
    this.#byClientId.set(successor.joining.clientId, successor.connection)
    this.#props.join(successor)
  }
}
