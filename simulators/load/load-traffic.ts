import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import { sequence } from '../seeded-random.ts'
import { LoadConnection } from './connection.ts'
import { ChirpStackMessage } from './chirpstack-message.ts'
import { FarmMessage } from './farm-message.ts'
import { LedgerWriter } from './ledger.ts'
import type { LoadMeter } from './load-meter.ts'
import type { LoadPlanned } from './load.ts'
import type { MessageWriter } from './message-writer.ts'
import { loadDevice, loadSite } from './provisioning.ts'

const slabBytes = 1 << 20

/** A connection with the devices that may send their next message on it. */
interface Line {
  readonly connection: LoadConnection
  /** Device numbers, oldest first; one entry is one message to send. */
  readonly waiting: number[]
  isDirty: boolean
}

/**
 * The devices of a load run and their connections. A message is first asked for (its device waits on its line), then
 * composed, recorded in the ledger and written, all lines of one turn of the event loop together.
 */
export class LoadTraffic {
  /** Messages asked for so far. */
  asked = 0
  readonly #props: LoadPlanned & { readonly meter: LoadMeter; readonly log: Log }
  readonly #lines: readonly Line[]
  readonly #ledger: LedgerWriter
  readonly #n: Uint32Array
  readonly #lastTs: Float64Array
  /** Messages of a device that wait or are in flight. */
  readonly #busy: Uint32Array
  /** The same of all devices. */
  #unfinished = 0
  readonly #dirty: Line[] = []
  #slab = Buffer.allocUnsafeSlow(slabBytes)
  #slabUsed = 0
  #isScheduled = false
  #isSaturated = false
  #isStopped = false
  #nextDevice = 0
  #changed: (() => void) | undefined = undefined
  #refusal: SenError | undefined

  constructor(props: LoadPlanned & { readonly meter: LoadMeter; readonly log: Log }) {
    this.#props = props
    const { devices, connections, runId, sites, seed, qos, ledgerFile } = props
    const startedAt = Date.now()
    this.#ledger = new LedgerWriter(ledgerFile, {
      format: 'sen-load-ledger-1',
      runId,
      devices,
      sites,
      seed,
      qos,
      startedAt
    })
    this.#n = new Uint32Array(devices)
    this.#lastTs = new Float64Array(devices).fill(startedAt - 1)
    this.#busy = new Uint32Array(devices)
    const random = sequence(seed)
    this.#lines = Array.from({ length: connections }, (_, c) => this.#line(c, random))
  }
  /** Resolves when all connections are open. @throws SenError if `deadline` comes first or a credential is refused. */
  async open(deadline: AbortSignal): Promise<void> {
    for (const { connection } of this.#lines) connection.open()
    await this.#until(() => this.#refusal !== undefined || this.#openCount() === this.#lines.length, deadline)
    if (this.#refusal !== undefined) throw this.#refusal
    const { host, port } = this.#props
    if (this.#openCount() < this.#lines.length)
      throw new SenError(
        'SEN_CONNECTOR_FAILED',
        `open load connections to ${host}:${port}: ${this.#openCount()} of ${this.#lines.length} are open`
      )
  }

  /** Lets every device send as fast as it is acknowledged. */
  saturate(): void {
    this.#isSaturated = true
    const { devices, unacknowledged } = this.#props
    for (let round = 0; round < unacknowledged; round++) for (let d = 0; d < devices; d++) this.#askOne(d)
  }

  /**
   * Asks for the next messages, going round the devices.
   *
   * @returns how many: fewer than `count` if all devices have as many unacknowledged as they may.
   */
  ask(count: number): number {
    const { devices } = this.#props
    let asked = 0
    for (let refused = 0; asked < count && refused < devices;) {
      if (this.#askOne(this.#nextDevice)) {
        asked++
        refused = 0
      } else refused++
      this.#nextDevice = (this.#nextDevice + 1) % devices
    }
    return asked
  }

  /** Asks for nothing more. What was asked for and has not left is left out, unless all `messages` were asked for. */
  stop(): void {
    this.#isStopped = true
    if (this.asked >= this.#props.messages) return
    for (const { waiting } of this.#lines) for (const d of waiting.splice(0)) this.#release(d)
  }

  /** Resolves when everything asked for is acknowledged, or `deadline` is over. */
  async drained(deadline: AbortSignal): Promise<void> {
    await this.#until(() => this.#unfinished === 0, deadline)
  }

  /** To be called about once a second: keeps idle connections open and the ledger's acknowledgements on disk. */
  keep(): void {
    for (const { connection } of this.#lines) connection.ping()
    this.#ledger.flush()
  }

  /** Ends all connections and the ledger. */
  close(): void {
    this.#isStopped = true
    for (const { connection } of this.#lines) connection.end()
    this.#ledger.close()
  }

  counts(): { readonly connections: number; readonly reconnects: number; readonly resent: number } {
    const sum = (count: 'reconnects' | 'resent'): number =>
      this.#lines.reduce((all, { connection }) => all + connection[count], 0)
    return { connections: this.#lines.length, reconnects: sum('reconnects'), resent: sum('resent') }
  }

  #line(c: number, random: () => number): Line {
    const { host, port, credentials, runId, devices, connections, sites, qos, unacknowledged, log, meter } = this.#props
    const site = loadSite(runId, c % sites)
    const credential = credentials[site]
    if (credential === undefined) throw new SenError('SEN_INPUT_INVALID', `load: no credential for the site ${site}`)
    const messages: MessageWriter[] = []
    for (let d = c; d < devices; d += connections) messages.push(this.#messages(site, d))
    const deviceAt = (place: number): number => c + place * connections
    const connection = new LoadConnection({
      host,
      port,
      clientId: `${runId}-gateway-${c}`,
      credential,
      messages,
      qos,
      inFlightLimit: messages.length * unacknowledged,
      random,
      log,
      onOpen: () => {
        this.#touch(line)
        this.#changed?.()
      },
      onAcknowledged: (place, n, { sentAt, ackedAt, wallAt }) => {
        const d = deviceAt(place)
        this.#ledger.acknowledged(d, n, wallAt)
        meter.acknowledged(sentAt, ackedAt)
        this.#release(d)
      },
      onRefused: code => {
        this.#refusal = new SenError('SEN_UNAUTHENTICATED', `connect as ${credential.username}: CONNACK code ${code}`)
        this.#changed?.()
      }
    })
    const line: Line = { connection, waiting: [], isDirty: false }
    return line
  }

  #messages(site: string, d: number): MessageWriter {
    const { content, runId, seed, qos } = this.#props
    return content === 'farm'
      ? new FarmMessage({ site, device: loadDevice(runId, d), d, seed, qos })
      : new ChirpStackMessage({ d, seed, qos })
  }

  #askOne(d: number): boolean {
    const { unacknowledged, messages, connections } = this.#props
    const busy = this.#busy[d] ?? 0
    const line = this.#lines[d % connections]
    if (this.#isStopped || line === undefined || busy >= unacknowledged || this.asked >= messages) return false
    this.#busy[d] = busy + 1
    this.asked++
    this.#unfinished++
    line.waiting.push(d)
    this.#touch(line)
    return true
  }

  /** Message of `d` is done with. */
  #release(d: number): void {
    this.#busy[d] = (this.#busy[d] ?? 1) - 1
    if (this.#isSaturated) this.#askOne(d)
    if (--this.#unfinished === 0) this.#changed?.()
  }

  #touch(line: Line): void {
    if (!line.isDirty) {
      line.isDirty = true
      this.#dirty.push(line)
    }
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#sendWaiting())
  }

  #sendWaiting(): void {
    this.#isScheduled = false
    const writes: { readonly line: Line; readonly bytes: Buffer; readonly sent: readonly number[] }[] = []
    for (const line of this.#dirty.splice(0)) {
      line.isDirty = false
      if (line.connection.isOpen && line.waiting.length > 0) writes.push(this.#compose(line))
    }
    this.#ledger.flush()
    for (const { line, bytes, sent } of writes) {
      if (this.#props.qos === 1) line.connection.send(bytes)
      else line.connection.send(bytes, () => this.#written(sent))
    }
  }

  #compose(line: Line): { readonly line: Line; readonly bytes: Buffer; readonly sent: readonly number[] } {
    const { connection } = line
    const sent = line.waiting.splice(0)
    const needed = sent.length * connection.maxBytes
    if (this.#slabUsed + needed > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, needed))
      this.#slabUsed = 0
    }
    const begin = this.#slabUsed
    const now = Date.now()
    const sentAt = performance.now()
    for (const d of sent) {
      const n = (this.#n[d] ?? 0) + 1
      const ts = Math.max(now, (this.#lastTs[d] ?? 0) + 1)
      this.#n[d] = n
      this.#lastTs[d] = ts
      this.#ledger.sent(d, n, ts)
      const place = Math.floor(d / this.#props.connections)
      this.#slabUsed = connection.compose(this.#slab, this.#slabUsed, { place, n, ts, sentAt })
    }
    this.#props.meter.sent(sent.length, this.#slabUsed - begin)
    return { line, bytes: this.#slab.subarray(begin, this.#slabUsed), sent }
  }

  /** At QoS 0 a message is done with once it has left. */
  #written(sent: readonly number[]): void {
    for (const d of sent) this.#release(d)
  }

  #openCount(): number {
    return this.#lines.filter(({ connection }) => connection.isOpen).length
  }

  async #until(isDone: () => boolean, deadline: AbortSignal): Promise<void> {
    while (!isDone() && !deadline.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wakeUp = (): void => resolve()
      this.#changed = wakeUp
      deadline.addEventListener('abort', wakeUp)
      await promise
      deadline.removeEventListener('abort', wakeUp)
    }
    this.#changed = undefined
  }
}
