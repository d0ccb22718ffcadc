import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { origin } from '../../model/position.ts'
import type { Position } from '../../model/position.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { DerivedFold } from '../../rules/metrics/derived-fold.ts'
import type { DerivedSnapshot } from '../../rules/metrics/derived-fold.ts'
import { DerivedRows } from '../../rules/metrics/derived-rows.ts'
import type { DerivedColumns } from '../../rules/metrics/derived-rows.ts'
import { recalculate } from '../../rules/metrics/recalculation.ts'
import type { Recalculation } from '../../rules/metrics/recalculation.ts'
import type { RowsPage, RowsQuery, StorePosition } from '../../storage/series/series-store.ts'
import type { DerivedStore } from '../../storage/state/derived-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import { readStanding, recalculationGroups } from './derived-history.ts'
import { derivedMessages } from './derived-messages.ts'
import type { DerivedMessage } from './derived-messages.ts'
import type { KnownSeries } from './known-series.ts'
import type { ReadingsConsumer } from './readings-follower.ts'
import { untilDone } from './until-done.ts'

/** Asks the series store. */
export interface DerivedHistory {
  /** Everything up to and including its position is stored. */
  position(): Promise<StorePosition | undefined>
  readPage(query: RowsQuery): Promise<RowsPage>
}

export interface DerivedReaderProps {
  readonly state: Pick<StateStore, 'registryAt'>
  readonly series: KnownSeries
  readonly store: DerivedStore
  readonly history: DerivedHistory
  /** Appends messages to the raw log. @returns a position at or behind the last of them, once they are durable. */
  readonly append: (messages: readonly DerivedMessage[]) => Promise<Position>
  /** Where to begin if nothing was ever kept. */
  readonly beginning: Position
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>
  /** Nothing up to the position is needed any more. */
  readonly commit: (position: Position) => void
}

/** What is known is written so often, and after so many bytes read: the log must be kept that far back. */
const keepEvery = { ms: 30_000, bytes: 64 * 1024 * 1024 }
/** What a thousand devices give within this time is one append, ms. */
const roundEveryMs = 500
/** Whether the store has it is looked at so often, ms, and so many times a round. */
const lookEveryMs = 50
const mostLooks = 20

/**
 * Reader `derived` of the `readings` log: what the fold calculates goes into the raw log as messages of door `derived`. Its
 * position moves only once they are durable; after a crash the same is calculated again, and equal values are duplicates.
 *
 * The log is never held up: appends and questions to the series store run beside it, one round at a time, and wait while
 * the store is behind or away.
 */
export class DerivedReader {
  readonly #props: DerivedReaderProps
  readonly #series: KnownSeries
  /** What was appended last: before the store has it, what stands there is not yet what was calculated. */
  #appended = 0
  #round: Promise<void> | undefined

  constructor(props: DerivedReaderProps) {
    this.#props = props
    this.#series = props.series
  }

  /** @param signal - ends it; what was not appended is calculated again at the next start. */
  following(signal: AbortSignal): ReadingsConsumer {
    const { state, store, clock } = this.#props
    const kept = { at: clock.monotonic(), bytes: 0 }
    let fold: DerivedFold
    let began = Number.NEGATIVE_INFINITY
    return {
      begin: async () => {
        const { snapshot, position: last } = await store.kept()
        const position = snapshot === undefined ? this.#props.beginning : last
        await this.#series.learnAll()
        fold = new DerivedFold({
          registry: new RegistrySnapshot(await state.registryAt(position)),
          seriesOf: id => this.#series.of(id),
          hasSeries: (organisation, device, metric) =>
            this.#series.find({ organisation, device, metric }) !== undefined,
          // Written by `#keep`.
          kept: snapshot === undefined ? undefined : (JSON.parse(snapshot) as DerivedSnapshot)
        })
        // The end of the log is somewhere else at the next start: this one is where it all began.
        if (snapshot === undefined) {
          await this.#untilDone(() => store.keep(JSON.stringify(fold.snapshot()), position), signal)
        }
        return position
      },
      take: async (batch: ReadingBatch, sizeBytes) => {
        await this.#series.learn(batch)
        fold.take(batch)
        kept.bytes += sizeBytes
      },
      settle: async position => {
        if (this.#round || clock.monotonic() - began < roundEveryMs) return
        began = clock.monotonic()
        this.#round = this.#work(fold, position, kept, signal)
          .catch((cause: unknown) => {
            this.#props.log.warn({ cause }, 'Calculations of this moment were not made; they are tried again')
          })
          .finally(() => {
            this.#round = undefined
          })
      }
    }
  }

  /** Resolves once what runs beside the log has ended. */
  async idle(): Promise<void> {
    await this.#round
  }

  async #work(
    fold: DerivedFold,
    position: Position,
    kept: { at: number; bytes: number },
    signal: AbortSignal
  ): Promise<void> {
    const { clock } = this.#props
    // Taken now: while the round goes on, the fold goes on too.
    const given = fold.takeRows()
    const isDue = clock.monotonic() - kept.at > keepEvery.ms || kept.bytes > keepEvery.bytes
    const snapshot = isDue ? JSON.stringify(fold.snapshot()) : undefined
    if (given.length > 0) await this.#append(given, fold, signal)
    if (signal.aborted) return
    if (snapshot !== undefined) {
      await this.#untilDone(() => this.#props.store.keep(snapshot, position), signal)
      if (signal.aborted) return
      Object.assign(kept, { at: clock.monotonic(), bytes: 0 })
      this.#props.commit(position)
    }
    // What the snapshot holds as marked may be done by now: at the next start it is only done again.
    if (fold.hasDue && (await this.#isStored(position, signal))) await this.#recalculate(fold, signal)
  }

  /** The store follows the log a moment behind: for that moment it is waited, and not for one that is away. */
  async #isStored(position: Position, signal: AbortSignal): Promise<boolean> {
    for (let looks = 0; looks < mostLooks && !signal.aborted; looks++) {
      const stored = (await this.#props.history.position())?.position ?? origin
      if (stored >= position && stored >= this.#appended) return true
      await this.#props.pause(lookEveryMs)
    }
    return false
  }

  async #recalculate(fold: DerivedFold, signal: AbortSignal): Promise<void> {
    const due = fold.takeDue()
    const rows = new DerivedRows()
    let done = 0
    const groups = recalculationGroups(due)
    try {
      for (const group of groups) {
        if (signal.aborted) return
        await this.#recalculateGroup(group, fold, rows)
        done++
      }
    } finally {
      for (const group of groups.slice(done)) for (const work of group) fold.giveBack(work)
    }
    const given = rows.take()
    if (given.length > 0) await this.#append(given, fold, signal)
  }

  async #recalculateGroup(group: readonly Recalculation[], fold: DerivedFold, rows: DerivedRows): Promise<void> {
    const standing = await readStanding(group, {
      rows: query => this.#props.history.readPage(query),
      find: (device, metric) => {
        const organisation = fold.organisationOf(device)
        return organisation === undefined ? undefined : this.#series.find({ organisation, device, metric })
      }
    })
    for (const work of group) {
      const columns = standing.get(work.device)
      const differs = columns !== undefined && recalculate(work, columns, rows)
      fold.looked(work, differs)
    }
  }

  async #append(given: readonly DerivedColumns[], fold: DerivedFold, signal: AbortSignal): Promise<void> {
    const messages = derivedMessages(given, device => fold.siteOf(device))
    const position = await untilDone(() => this.#props.append(messages), { signal, onTrouble: this.#onTrouble })
    if (position !== undefined) this.#appended = Math.max(this.#appended, position)
  }

  async #untilDone(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    await untilDone(work, { signal, onTrouble: this.#onTrouble })
  }

  readonly #onTrouble = (cause: unknown): void => {
    if (cause !== undefined) this.#props.log.error({ cause }, 'What was calculated was not written; it is tried again')
  }
}
