import { setTimeout as wait } from 'node:timers/promises'
import { SenError } from '../../model/errors.ts'
import type { SeriesRows } from './series-rows.ts'

/** The API of the running Sen. */
export interface ImportApi {
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>
}

export interface SendProps {
  readonly api: ImportApi
  /** What the audit log calls this import. */
  readonly name: string
  readonly isDryRun: boolean
  readonly signal: AbortSignal
  /** Told after each portion. */
  readonly onSent: (rows: number) => void
}

/** What became, or would become, of a series' rows. */
export interface Sent {
  added: number
  duplicate: number
  different: number
}

/** Rows of one request: little enough that Sen's other work does not wait for it. */
const portionRows = 4000
/** Portions that may be on their way to the series store: live messages behind them wait that long at most. */
const mostUnderWay = 2
const lookEveryMs = 20
const overloadedMs = 500
const overloadedTries = 120

interface Accounts {
  readonly messages: { readonly received: number; readonly pending: number }
}

/** Sends series to Sen, portion by portion; each is compared with what stands there first. */
export class Sender {
  readonly #props: SendProps
  /** How many messages had come when each portion was kept. */
  readonly #marks: number[] = []

  constructor(props: SendProps) {
    this.#props = props
  }

  /** Waits until everything that has come so far can be found: rows of an import that was broken off are known then. */
  async settle(): Promise<void> {
    const { received } = await this.#accounts()
    await this.#until(received)
  }

  /** @returns counts; those of what was sent before `signal` aborted. */
  async send(series: SeriesRows): Promise<Sent> {
    const { isDryRun, name, signal, onSent } = this.#props
    const sent: Sent = { added: 0, duplicate: 0, different: 0 }
    for (const portion of series.portions(portionRows)) {
      if (signal.aborted) break
      const body = { device: series.device, import: name, series: [portion], dryRun: isDryRun }
      const { series: counted } = (await this.#post(body)) as { readonly series: readonly Sent[] }
      for (const { added, duplicate, different } of counted) {
        sent.added += added
        sent.duplicate += duplicate
        sent.different += different
        if (!isDryRun && added + different > 0) await this.#giveWay()
      }
      onSent(portion.t.length)
    }
    return sent
  }

  async #giveWay(): Promise<void> {
    this.#marks.push((await this.#accounts()).received)
    const [oldest] = this.#marks
    if (this.#marks.length <= mostUnderWay || oldest === undefined) return
    this.#marks.shift()
    await this.#until(oldest)
  }

  async #until(received: number): Promise<void> {
    while (!this.#props.signal.aborted) {
      const now = await this.#accounts()
      if (now.received - now.pending >= received) return
      await wait(lookEveryMs)
    }
  }

  async #accounts(): Promise<Accounts['messages']> {
    return ((await this.#props.api.call('GET', '/api/v1/accounting')) as Accounts).messages
  }

  async #post(body: unknown): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#props.api.call('POST', '/api/v1/readings/import', body)
      } catch (error) {
        const isBusy = error instanceof SenError && error.code === 'SEN_OVERLOADED'
        if (!isBusy || tries >= overloadedTries || this.#props.signal.aborted) throw error
        await wait(overloadedMs)
      }
    }
  }
}
