import type { SeriesKey } from '../../model/series.ts'
import type { Keep } from './conditions/compiled.ts'
import type { RuleSubject } from './rule-subject.ts'
import type { KeptState } from '../../storage/state/health-store.ts'
import { SeriesHistory } from './series-history.ts'
import type { KeptRows } from './series-history.ts'

/** A history, and which subjects are judged by it. */
export interface Watched {
  readonly key: string
  readonly history: SeriesHistory
  readonly subjects: Set<RuleSubject>
  /** From when on it was whole when it was kept last. */
  keptFrom: number | null | undefined
}

/** Late data is settled from memory for so long after what was judged last, ms. */
const graceMs = 20 * 60_000

/** The histories that rules need, each for as long as a subject is judged by it. */
export class HistoryShelf {
  readonly #watched = new Map<string, Watched>()
  readonly #removed = new Set<string>()

  get(key: string): Watched | undefined {
    return this.#watched.get(key)
  }

  get all(): Iterable<Watched> {
    return this.#watched.values()
  }

  /** @returns the history, a new one if there is none. @param from - what came before is not known, where it is new. */
  need(key: string, { device, metric }: Pick<SeriesKey, 'device' | 'metric'>, keep: Keep, from: number): Watched {
    let watched = this.#watched.get(key)
    if (!watched) {
      watched = { key, history: new SeriesHistory(device, metric), subjects: new Set(), keptFrom: undefined }
      watched.history.from = from
      this.#watched.set(key, watched)
    }
    const { history } = watched
    history.keep(keep.ms + graceMs, keep.rows)
    return watched
  }

  /** Says what a subject is judged by from now on: nothing of `keys` if it is no more. */
  link(subject: RuleSubject, before: ReadonlySet<string>, keys: ReadonlySet<string>): void {
    for (const key of keys) this.#watched.get(key)?.subjects.add(subject)
    for (const key of before) {
      const watched = this.#watched.get(key)
      if (!watched || keys.has(key)) continue
      watched.subjects.delete(subject)
      if (watched.subjects.size > 0) continue
      this.#watched.delete(key)
      for (const name of [key, ...[...watched.history.blocks].map(block => blockKey(key, block))])
        this.#removed.add(name)
    }
  }

  /** @returns what has changed since the last call, to be kept. */
  takeChanged(): KeptState {
    const kept: (readonly [string, string | null])[] = []
    for (const watched of this.#watched.values()) {
      const { key, history } = watched
      const from = Number.isFinite(history.from) ? history.from : null
      const blocks = history.takeChanged()
      if (from !== watched.keptFrom) kept.push([key, JSON.stringify({ from })])
      watched.keptFrom = from
      for (const [block, rows] of blocks)
        kept.push([blockKey(key, block), rows.length > 0 ? JSON.stringify(rows) : null])
    }
    const names = new Set(kept.map(([name]) => name))
    const gone = [...this.#removed].filter(name => !names.has(name))
    this.#removed.clear()
    return [...gone.map(name => [name, null] as const), ...kept]
  }

  /** Takes what was kept of the histories that there are. */
  restore(kept: KeptState): void {
    const blocks = new Map<string, KeptRows[]>()
    for (const [name, body] of kept) {
      const [key = '', block] = name.split('#')
      const watched = this.#watched.get(key)
      if (!watched || body === null) continue
      if (block === undefined) {
        watched.keptFrom = (JSON.parse(body) as { from: number | null }).from
        watched.history.from = watched.keptFrom ?? Number.NEGATIVE_INFINITY
      } else {
        const known = blocks.get(key) ?? []
        known.push(JSON.parse(body) as KeptRows)
        blocks.set(key, known)
      }
    }
    for (const [key, rows] of blocks) this.#watched.get(key)?.history.restore(rows)
  }
}

const blockKey = (key: string, block: number) => `${key}#${block}`
