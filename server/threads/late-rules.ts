import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import type { DirtyRule, HistoryNeed, HistoryPage } from '../../rules/engine/fold-state.ts'
import { scanPages } from '../scan-pages.ts'
import type { ScanQueries } from '../scan-pages.ts'
import type { StoreService } from './store-thread.ts'
import type { KnownSeries } from './known-series.ts'
import { untilDone } from './until-done.ts'

/** The series store, as another thread asks it. */
export type HistoryQueries = ScanQueries & {
  position(): ReturnType<StoreService['position']>
}

export interface LateRulesProps {
  readonly store: HistoryQueries
  readonly series: KnownSeries
  readonly needOf: (dirty: DirtyRule) => HistoryNeed | undefined
  readonly signal: AbortSignal
  readonly log: Log
}

/** What was read for a subject that has to be judged again. */
export interface ReadHistory {
  readonly dirty: DirtyRule
  readonly pages: readonly HistoryPage[]
}

/** Asks again so often whether the store has what is to be read, ms. */
const askAgainMs = 250
/** Rows that are read for one subject at most; a rule that needs more is judged as far as that goes. */
const mostRows = 3_000_000

/**
 * Reads stored history for subjects whose past has changed, one after the other, beside the live rules. The newest word on a
 * subject takes the place of an older one that still waits.
 */
export class LateRules {
  readonly #props: LateRulesProps
  readonly #waiting = new Map<string, DirtyRule>()
  readonly #read: ReadHistory[] = []
  #working: Promise<void> | undefined

  constructor(props: LateRulesProps) {
    this.#props = props
  }

  add(dirty: readonly DirtyRule[]): void {
    for (const one of dirty) {
      const key = `${one.rule}~${one.subject}`
      const before = this.#waiting.get(key)
      this.#waiting.set(key, before ? { ...one, from: Math.min(one.from, before.from) } : one)
    }
    this.#work()
  }

  /** @returns what has been read since the last call. */
  takeRead(): readonly ReadHistory[] {
    return this.#read.splice(0)
  }

  /** Resolves once nothing is under way. */
  async stopped(): Promise<void> {
    await this.#working
  }

  #work(): void {
    if (this.#waiting.size === 0 || this.#props.signal.aborted) return
    this.#working ??= this.#readAll().finally(() => {
      this.#working = undefined
      this.#work()
    })
  }

  async #readAll(): Promise<void> {
    const { signal, log } = this.#props
    for (const [key, dirty] of this.#waiting) {
      if (signal.aborted) return
      this.#waiting.delete(key)
      const onTrouble = (cause: unknown): void => {
        if (cause !== undefined)
          log.warn({ rule: dirty.rule, cause: messageOf(cause) }, 'History was not read for a rule; it is tried again')
      }
      const read = await untilDone(() => this.#readOne(dirty), { signal, onTrouble })
      if (read) this.#read.push(read)
    }
  }

  async #readOne(dirty: DirtyRule): Promise<ReadHistory | undefined> {
    const { store, series, needOf, signal } = this.#props
    while (!signal.aborted && ((await store.position())?.position ?? 0) < dirty.position)
      await delay(askAgainMs, undefined, { signal }).catch(() => undefined)
    const need = needOf(dirty)
    if (signal.aborted || !need) return { dirty, pages: [] }
    const ids = need.series.flatMap(({ device, metric }) => series.ofMetric(device, metric))
    const pages: HistoryPage[] = []
    if (ids.length === 0) return { dirty, pages }
    let rows = 0
    for await (const page of scanPages(store, { series: ids, from: need.from, to: need.to })) {
      pages.push(page)
      rows += page.time.length
      if (rows >= mostRows || signal.aborted) break
    }
    return { dirty, pages }
  }
}
