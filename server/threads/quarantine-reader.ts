import type { Clock } from '../../model/clock.ts'
import type { Position } from '../../model/position.ts'
import type { Quarantined, ReadingBatch } from '../../model/reading-batch.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { ReadingsConsumer } from './readings-follower.ts'
import { untilDone } from './until-done.ts'

export interface QuarantineReaderProps {
  readonly store: Pick<StateStore, 'quarantine' | 'quarantinePosition' | 'redecoded' | 'observe'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Nothing up to the position is needed any more. */
  readonly commit: (position: Position) => void
  /** Told of each failure, and with `undefined` once it is over. */
  readonly onTrouble: (cause: unknown) => void
}

/** How often the reader's position is written where nothing is quarantined, ms. */
const positionEveryMs = 5000

/** Reader `quarantine` of the `readings` log: keeps the index of quarantined messages, and what people entered. */
export class QuarantineReader implements ReadingsConsumer {
  readonly #props: QuarantineReaderProps
  #entries: Quarantined[] = []
  /** Of the newest batch taken. */
  #position: Position = 0
  #isTaken = false
  #isAsked = false
  #writtenAt = 0

  constructor(props: QuarantineReaderProps) {
    this.#props = props
  }

  begin(): Promise<Position> {
    this.#writtenAt = this.#props.clock.monotonic()
    return this.#props.store.quarantinePosition()
  }

  /** Has the position written with the next batch. */
  catchUp(): void {
    this.#isAsked = true
  }

  async take({ redecoded, quarantined, observed, position }: ReadingBatch): Promise<void> {
    const { store } = this.#props
    if (observed) await this.#keep(() => store.observe(observed))
    if (redecoded) {
      await this.#keepEntries()
      await this.#keep(() => store.redecoded(redecoded, quarantined, position))
    } else {
      this.#entries.push(...quarantined)
    }
    this.#position = position
  }

  async settle(position: Position): Promise<void> {
    const { store, clock, signal, commit, onTrouble } = this.#props
    await this.#keepEntries()
    const isDue = this.#isTaken || this.#isAsked || clock.monotonic() - this.#writtenAt > positionEveryMs
    if (signal.aborted || !isDue) return
    this.#isAsked = false
    this.#isTaken = false
    await untilDone(() => store.quarantine([], position), { signal, onTrouble })
    if (signal.aborted) return
    this.#writtenAt = clock.monotonic()
    commit(position)
  }

  async #keepEntries(): Promise<void> {
    const [entries, position] = [this.#entries, this.#position]
    this.#entries = []
    if (entries.length > 0) await this.#keep(() => this.#props.store.quarantine(entries, position))
  }

  async #keep(work: () => Promise<void>): Promise<void> {
    const { signal, onTrouble } = this.#props
    // Once Sen stops nothing more is kept: what follows would move the position past what was not.
    await untilDone(work, { signal, onTrouble })
    this.#isTaken = true
  }
}
