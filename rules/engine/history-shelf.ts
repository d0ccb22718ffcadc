import type { SeriesKey } from '../../model/series.ts'
import type { Keep } from './conditions/compiled.ts'
import type { RuleSubject } from './rule-subject.ts'
import { SeriesHistory } from './series-history.ts'

/** A history, and which subjects are judged by it. */
export interface Watched {
  readonly key: string
  readonly history: SeriesHistory
  readonly subjects: Set<RuleSubject>
  /** It has changed since it was kept. */
  isChanged: boolean
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
      watched = { key, history: new SeriesHistory(device, metric), subjects: new Set(), isChanged: true }
      watched.history.from = from
      this.#watched.set(key, watched)
      this.#removed.delete(key)
    }
    const { history } = watched
    history.keepMs = Math.max(history.keepMs, keep.ms + graceMs)
    history.keepRows = Math.max(history.keepRows, keep.rows)
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
      this.#removed.add(key)
    }
  }

  /** @returns the changed ones since the last call, and the keys of those that are there no more. */
  takeChanged(): { readonly changed: readonly Watched[]; readonly removed: readonly string[] } {
    const changed: Watched[] = []
    for (const watched of this.#watched.values()) {
      if (!watched.isChanged) continue
      watched.isChanged = false
      changed.push(watched)
    }
    const removed = [...this.#removed]
    this.#removed.clear()
    return { changed, removed }
  }
}
