import { expect, vi } from 'vitest'
import type { Log } from '../../model/log.ts'
import type { Intake } from '../intake.ts'
import type { BrokerConnector } from './broker-connector.ts'

/* For tests of the connector: messages, intakes that keep them, and a log. */

/** Of the documented ChirpStack events. */
export const application = '0f6b1c5e-52d1-4b0e-9a3b-1d9f6a7c2e10'
/** Where ChirpStack publishes the uplinks below. */
export const topic = `application/${application}/device/a84041ffff1c2d01/event/up`
/** Of `vi.waitFor`. */
export const patience = { timeout: 20_000, interval: 10 }

/** The shape of a ChirpStack v4 uplink, small. */
export function uplink(fCnt: number): string {
  return JSON.stringify({
    deduplicationId: '3ac7e3c4-4401-4b8d-9386-a5c902f9202d',
    time: '2026-03-14T01:02:03.775023+00:00',
    deviceInfo: { applicationId: application, devEui: 'a84041ffff1c2d01', deviceName: 'dat-lua-01' },
    devAddr: '01a2b3c4',
    dr: 3,
    fCnt,
    fPort: 2,
    data: 'zikA8QelCZtuKJA=',
    rxInfo: [{ gatewayId: '24e124fffef79114', uplinkId: 4217106255, rssi: -97, snr: 6.8 }]
  })
}

/** Uplinks with consecutive frame counters. */
export function uplinks(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => uplink(from + index))
}

type Message = Parameters<Intake['submit']>[0]
type Done = (error?: Error) => void

/** Keeps what it is handed, and answers when the test says so. */
export class HeldIntake implements Intake {
  readonly messages: Message[] = []
  readonly waiting: Done[] = []
  mostWaiting = 0

  submit(message: Message, done: Done): void {
    this.messages.push(message)
    this.waiting.push(done)
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting.length)
  }

  answer(count: number, error?: Error): void {
    for (const done of this.waiting.splice(0, count)) done(error)
  }

  get frames(): readonly unknown[] {
    return this.messages.map(frameOf)
  }
}

/** Answers what has come in, as one group, after the time a sync takes. */
export class GroupIntake extends HeldIntake {
  readonly #syncMs: number
  #isSyncing = false

  constructor(syncMs: number) {
    super()
    this.#syncMs = syncMs
  }

  override submit(message: Message, done: Done): void {
    super.submit(message, done)
    this.#sync()
  }

  #sync(): void {
    if (this.#isSyncing || this.waiting.length === 0) return
    this.#isSyncing = true
    setImmediate(() => {
      const group = this.waiting.length
      setTimeout(() => {
        this.#isSyncing = false
        this.answer(group)
        this.#sync()
      }, this.#syncMs)
    })
  }
}

function frameOf(message: Message): unknown {
  return (JSON.parse(Buffer.from(message.payload).toString()) as { fCnt?: unknown }).fCnt
}

/** Consecutive numbers. */
export function numbers(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** Waits until so many messages were handed in. */
export async function received(intake: HeldIntake, count: number): Promise<void> {
  await vi.waitFor(() => {
    expect(intake.messages.length).toBeGreaterThanOrEqual(count)
  }, patience)
}

/** Waits until it is connected. */
export async function onceConnected(connector: BrokerConnector): Promise<BrokerConnector> {
  await vi.waitFor(() => {
    expect(connector.status().state).toBe('connected')
  }, patience)
  return connector
}

/** What connectors under test logged. */
export const logged: string[] = []
function keep(fields: Readonly<Record<string, unknown>>, message: string): void {
  logged.push(`${message} ${JSON.stringify(fields)}`)
}
/** Keeps what is logged in `logged`. */
export const log: Log = { debug: keep, info: keep, warn: keep, error: keep }
