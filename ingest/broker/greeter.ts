import { randomUUID } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import { connectionNumber } from '../connection-number.ts'
import { publishRefusal } from './access.ts'
import type { Identity } from './access.ts'
import type { ConnectPacket } from './connect-packet.ts'
import type { Joining } from './connection.ts'
import { hasControls } from './mqtt-text.ts'

/** Why a CONNECT is refused. Labels of `sen_refused_total`. */
export type GreetingRefusal =
  'client-id' | 'credentials' | 'will-not-allowed' | 'session-limit' | 'credential-limit' | 'takeover-rate'

/** CONNACK return codes of 3.1.1, table 3.1. */
export const returnCodes: Readonly<Record<GreetingRefusal | 'protocol-version' | 'stopping', number>> = {
  'protocol-version': 1,
  'client-id': 2,
  stopping: 3,
  'session-limit': 3,
  'credential-limit': 3,
  'takeover-rate': 3,
  credentials: 5,
  'will-not-allowed': 5
}

export interface GreeterProps {
  /** @returns who it is, or `undefined` if user name and password do not fit. In memory, constant time. */
  readonly authenticate: (username: string, password: Uint8Array) => Identity | undefined
  readonly siteOf: (device: string) => string | undefined
  readonly clock: Clock
}

const longestClientId = 256
/** Clients whose connections are counted; who has not connected for longest is forgotten first. */
const mostCounted = 100_000
/** A client that connects more often than this within the window is told to come later: two that share an id would fight. */
const mostConnects = 20
const connectWindowMs = 10_000

interface Visits {
  /** Connections since the start that brought a message. */
  count: number
  /** Connections in the window that began at `since`. */
  recent: number
  since: number
}

/** Decides on CONNECT: who it is, and whether the client may join now. */
export class Greeter {
  readonly #props: GreeterProps
  readonly #visits = new Map<string, Visits>()
  readonly #startedAt: number

  constructor(props: GreeterProps) {
    this.#props = props
    this.#startedAt = props.clock.now()
  }

  greet(packet: ConnectPacket): Joining | GreetingRefusal {
    const { authenticate, siteOf } = this.#props
    const { username, password, will } = packet
    if (isUnfit(packet.clientId)) return 'client-id'
    const identity = username === undefined || password === undefined ? undefined : authenticate(username, password)
    if (!identity) return 'credentials'
    if (will && publishRefusal(identity, will.topic, siteOf)) return 'will-not-allowed'
    // Sessions belong to who made them: nobody takes over another's by naming its client id.
    const clientId = `${identity.username}/${packet.clientId || `auto-${randomUUID()}`}`
    const visits = this.#visitsOf(clientId)
    if (visits.recent > mostConnects) return 'takeover-rate'
    const takeNumber = () => connectionNumber(this.#startedAt, ++visits.count)
    return { identity, clientId, takeNumber }
  }

  #visitsOf(clientId: string): Visits {
    const now = this.#props.clock.monotonic()
    const known = this.#visits.get(clientId) ?? { count: 0, recent: 0, since: now }
    const isNewWindow = now - known.since > connectWindowMs
    if (isNewWindow) {
      known.recent = 0
      known.since = now
    }
    known.recent++
    this.#visits.delete(clientId)
    this.#visits.set(clientId, known)
    for (const oldest of this.#visits.keys()) {
      if (this.#visits.size <= mostCounted) break
      this.#visits.delete(oldest)
    }
    return known
  }
}

/** Client ids stand in logs and in what an administrator reads; wildcards and `$` would pass for something else there. */
function isUnfit(clientId: string): boolean {
  return clientId.length > longestClientId || hasControls(clientId) || /^\$|[+#/]/.test(clientId)
}
