import type { AddressInfo } from 'node:net'
import type { JournalRecord, MessageRecord } from '../../journal/journal.ts'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { DeviceQuota } from '../device-quota.ts'
import type { QuotaLimits } from '../device-quota.ts'
import { GroupIntake } from '../group-intake.ts'
import type { Identity } from './access.ts'
import { Broker } from './broker.ts'
import type { BrokerLimits } from './broker-props.ts'
import { defaultBrokerLimits } from './limits.ts'
import { listenTcp } from './listeners.ts'
import type { Listener } from './listeners.ts'

/** A journal whose syncs end at once, or, while held, when the test says so. */
export class TestJournal {
  readonly messages: MessageRecord[] = []
  isHeld = false
  #waiting: (() => void)[] = []

  append(records: readonly JournalRecord[]): Promise<number> {
    for (const record of records) if (record.kind === 'message') this.messages.push(record)
    if (!this.isHeld) return Promise.resolve(records.length)
    return new Promise(resolve => {
      this.#waiting.push(() => {
        resolve(records.length)
      })
    })
  }

  release(): void {
    this.isHeld = false
    for (const resolve of this.#waiting) resolve()
    this.#waiting = []
  }
}

/** A broker in this process, with a TCP door. The password is `secret`; the user name says who: `site:s` or a device of `s`. */
export class TestBroker {
  readonly journal = new TestJournal()
  readonly refused: string[] = []
  readonly broker: Broker
  #listener: Listener | undefined

  constructor(limits: Partial<BrokerLimits> = {}, quota: QuotaLimits = { perSecond: 1e9, burst: 1e9 }) {
    this.broker = new Broker({
      intake: new GroupIntake({ journal: this.journal, clock: systemClock }),
      quota: new DeviceQuota(quota),
      authenticate: (username, password) =>
        Buffer.from(password).toString() === 'secret' ? identityOf(username) : undefined,
      siteOf: () => 's',
      onRefused: reason => this.refused.push(reason),
      clock: systemClock,
      log: silentLog,
      limits: { ...defaultBrokerLimits, ...limits }
    })
  }

  get port(): number {
    return this.address.port
  }

  get address(): AddressInfo {
    if (!this.#listener) throw new Error('use broker: it has not started')
    return this.#listener.address
  }

  async start(): Promise<void> {
    await this.broker.start()
    this.#listener = await listenTcp({
      host: '127.0.0.1',
      port: 0,
      accept: (stream, address) => {
        this.broker.accept(stream, address)
      }
    })
  }

  async stop(): Promise<void> {
    this.journal.release()
    this.#listener?.close()
    await this.broker.stop()
  }
}

function identityOf(username: string): Identity {
  const site = /^site:(.+)$/.exec(username)?.[1]
  return site === undefined
    ? { kind: 'device', subject: username, username }
    : { kind: 'site', subject: site, username }
}
