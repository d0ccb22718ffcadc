import type { Journal } from '../journal/journal.ts'
import { SenError } from '../model/errors.ts'
import type { Settings } from './config.ts'
import { rawRetention } from './raw-retention.ts'
import type { Services } from './services.ts'

export interface HousekeepingProps {
  readonly raw: Journal
  readonly services: Services
  readonly settings: Settings
  /** Called if the raw log can take nothing more in this process. */
  readonly onFatal: (cause: unknown) => void
}

/** Of this machine; where the demo's clock runs faster, as often as that shows another quarter of a minute, or every 20 ms. */
const tickEveryMs = { most: 1000, least: 20, ofClock: 15_000 }
const accountingEveryMs = 1000
const trimEveryMs = 5000
const compactEveryMs = 60_000
const keepRhythmsEveryMs = 60_000
/** The raw log counts as full until it has refused no messages for this long. */
const refusedForMs = 3000

/** What happens by the clock: ticks in the raw log, compressing and trimming it, accounting for whoever looks. */
export class Housekeeping {
  readonly #props: HousekeepingProps
  #timers: NodeJS.Timeout[] = []
  #savedBytes = 0

  constructor(props: HousekeepingProps) {
    this.#props = props
  }

  start(): void {
    const { raw, services, settings } = this.#props
    this.#every(tickMs(settings.clock?.speed ?? 1), () => this.#tick())
    this.#every(accountingEveryMs, async () => {
      if (services.live.size > 0) services.live.publish({ kind: 'accounting', accounting: await services.accounting() })
    })
    this.#every(trimEveryMs, async () => {
      const heldAfter = await services.redecodes.heldAfter()
      await raw.trim(rawRetention(settings, services.clock.now(), heldAfter))
    })
    // By itself: after a long time without it there is much to do, and trimming must not wait for all of it.
    this.#every(compactEveryMs, async () => {
      this.#savedBytes += (await raw.compact()).savedBytes
    })
    this.#every(keepRhythmsEveryMs, () => services.connectors.keepRhythms())
    const { metrics } = services
    metrics.gauge(
      'sen_receipt_clock_ahead_seconds',
      'How far the time of receipt is ahead of the wall clock, which was set back or had been ahead',
      () => services.receiptClock.aheadMs() / 1000
    )
    metrics.gauge('sen_raw_log_bytes', 'Size of the raw log', () => raw.status().sizeBytes)
    metrics.gauge(
      'sen_raw_log_saved_bytes_total',
      'Bytes saved by compressing the raw log since this start',
      () => this.#savedBytes
    )
    metrics.gauge('sen_unsynced_bytes', 'Bytes that wait for their sync', () => services.intake.waiting.bytes)
    metrics.gauge(
      'sen_raw_log_damaged_records',
      'Records of the raw log that cannot be read',
      () => raw.status().damaged
    )
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  /** One at a time: on a disk that stalls the next begins when the last has ended. */
  #every(ms: number, work: () => Promise<void>): void {
    let isUnderWay = false
    const once = async () => {
      if (isUnderWay) return
      isUnderWay = true
      try {
        await work()
      } catch (cause) {
        if (cause instanceof SenError && cause.code === 'SEN_JOURNAL_FAILED') this.#props.onFatal(cause)
        else this.#props.services.log.warn({ cause }, 'Periodic work failed; it is tried again')
      } finally {
        isUnderWay = false
      }
    }
    this.#timers.push(setInterval(() => void once(), ms))
  }

  /** Receive time passes in the log; and whether the log takes records is known within a second. */
  async #tick(): Promise<void> {
    const { raw, services } = this.#props
    try {
      await raw.append([{ kind: 'tick', receivedAt: services.receiptClock.now() }])
      // On the last bytes of a full disk a tick may still find room where messages do not.
      const isRefusing = performance.now() - services.intake.refusedAt < refusedForMs
      if (isRefusing) services.health.set('raw-log-full', 'there is no room for messages')
      else services.health.clear('raw-log-full')
    } catch (cause) {
      if (!(cause instanceof SenError) || cause.code !== 'SEN_JOURNAL_FULL') throw cause
      services.health.set('raw-log-full', cause.message)
    }
  }
}

/** Health takes two minutes without a tick for a time when Sen was away. */
function tickMs(speed: number): number {
  return Math.max(tickEveryMs.least, Math.min(tickEveryMs.most, tickEveryMs.ofClock / speed))
}
