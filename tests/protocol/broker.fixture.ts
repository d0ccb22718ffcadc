import { afterEach, beforeEach, expect } from 'vitest'
import { Broker } from '../../ingest/broker/broker.ts'
import type { Identity } from '../../ingest/broker/access.ts'
import { defaultBrokerLimits } from '../../ingest/broker/limits.ts'
import { listenTcp } from '../../ingest/broker/listeners.ts'
import type { Listener } from '../../ingest/broker/listeners.ts'
import { DeviceQuota } from '../../ingest/device-quota.ts'
import { GroupIntake } from '../../ingest/group-intake.ts'
import type { JournalRecord, MessageRecord } from '../../journal/journal.ts'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { Wire } from './wire.ts'
import type { ConnectFields } from './packets.ts'

/** Device `d` of site `s`, where the devices `d`, `e` and `f` stand. */
export const telemetry = 'site/s/d/telemetry'
export const status = 'site/s/d/status'
export const device = { username: 'd', password: 'secret' }
/** Opens `site/s/#`: who looks on. */
export const site = { username: 'site:s', password: 'secret' }

const devices = new Set(['d', 'e', 'f'])

/** A journal that keeps messages in memory; its syncs end at once or, while held, when the test says so. */
export class HeldJournal {
  readonly messages: MessageRecord[] = []
  isHeld = false
  /** One for each group that waits for its sync. */
  readonly waiting: { readonly resolve: () => void; readonly reject: (cause: Error) => void }[] = []

  append(records: readonly JournalRecord[]): Promise<number> {
    for (const record of records) if (record.kind === 'message') this.messages.push(record)
    const position = this.messages.length
    if (!this.isHeld) return Promise.resolve(position)
    return new Promise((resolve, reject) => {
      this.waiting.push({
        resolve: () => {
          resolve(position)
        },
        reject
      })
    })
  }

  release(): void {
    this.isHeld = false
    for (const { resolve } of this.waiting.splice(0)) resolve()
  }

  /** Payloads as text, in the order of the log. */
  get payloads(): string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload).toString())
  }
}

/** Sen's broker on a free port, with three devices, their site and a journal in memory. */
export class Door {
  readonly journal = new HeldJournal()
  readonly refused: string[] = []
  readonly broker: Broker
  #listener: Listener | undefined
  readonly #wires: Wire[] = []

  private constructor() {
    this.broker = new Broker({
      intake: new GroupIntake({ journal: this.journal, clock: systemClock }),
      // Quotas are another matter.
      quota: new DeviceQuota({ perSecond: 1e9, burst: 1e9 }),
      authenticate: (username, password) =>
        Buffer.from(password).toString() === 'secret' ? identityOf(username) : undefined,
      siteOf: id => (devices.has(id) ? 's' : undefined),
      onRefused: reason => this.refused.push(reason),
      clock: systemClock,
      log: silentLog,
      limits: defaultBrokerLimits
    })
  }

  static async open(): Promise<Door> {
    const door = new Door()
    await door.broker.start()
    door.#listener = await listenTcp({
      host: '127.0.0.1',
      port: 0,
      accept: (stream, address) => {
        door.broker.accept(stream, address)
      }
    })
    return door
  }

  get port(): number {
    if (!this.#listener) throw new Error('use door: it is not open')
    return this.#listener.address.port
  }

  /** A TCP connection on which nothing has been said. */
  async wire(): Promise<Wire> {
    const wire = await Wire.open(this.port)
    this.#wires.push(wire)
    return wire
  }

  /** A connection past its CONNECT; device `d` unless told otherwise. */
  async login(fields: ConnectFields = {}): Promise<Wire> {
    const wire = await this.wire()
    await wire.login({ ...device, ...fields })
    return wire
  }

  /** A site credential that is subscribed to this. */
  async onlooker(filter = 'site/s/#', qos: 0 | 1 | 2 = 2): Promise<Wire> {
    const wire = await this.login({ ...site, clientId: 'onlooker' })
    await wire.subscribe(filter, qos)
    return wire
  }

  async close(): Promise<void> {
    this.journal.release()
    for (const wire of this.#wires) wire.socket.destroy()
    this.#listener?.close()
    await this.broker.stop()
  }
}

function identityOf(username: string): Identity | undefined {
  if (devices.has(username)) return { kind: 'device', subject: username, username }
  return username === site.username ? { kind: 'site', subject: 's', username } : undefined
}

/** Opens a door before each test and closes it afterwards. @returns the door of the test that runs. */
export function doorOfEachTest(): () => Door {
  let door: Door | undefined
  beforeEach(async () => {
    door = await Door.open()
  })
  afterEach(async () => {
    await door?.close()
  })
  return () => {
    if (!door) throw new Error('use door: no test runs')
    return door
  }
}

/** The connection was closed without an answer, and nothing that came over it was kept. */
export async function expectCut(door: Door, wire: Wire): Promise<void> {
  await wire.closed()
  expect(wire.received).toEqual([])
  expect(door.journal.payloads).toEqual([])
}
