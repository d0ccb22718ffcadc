import type { AlarmChange } from '../../model/alarm.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { KeptState } from '../../storage/state/health-store.ts'
import type { DirtyRule, HistoryNeed, HistoryPage, RecordedAlarm, RuleFoldProps } from './fold-state.ts'

/**
 * Folds readings, control records and ticks into what the rules find. Pure: time comes from the log alone, so the same log
 * gives the same changes, however it is cut into batches, and from a snapshot on as without. Conditions `health` are not its own.
 *
 * What is late within what the fold remembers (a quarter of an hour and more) it settles by itself; for what is older see
 * `takeDirty`.
 */
export class RuleFold {
  readonly #props: RuleFoldProps
  #changes: AlarmChange[] = []

  constructor(props: RuleFoldProps) {
    this.#props = props
  }

  /** Takes the next batch of the `readings` log. */
  take(batch: ReadingBatch): void {
    if (batch.event?.kind === 'control') this.#props.registry.apply(batch.event.change)
  }

  /** @returns what was found since the last call, in order. */
  takeChanges(): readonly AlarmChange[] {
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  /** @returns what has changed since the last call of what the fold knows; `null`: of this nothing is known any more. */
  takeSnapshot(): KeptState {
    return []
  }

  /** @returns what has to be judged again since the last call; each is part of the snapshot until `reevaluate` has seen it. */
  takeDirty(): readonly DirtyRule[] {
    return []
  }

  /** @returns what `reevaluate` must be given; `undefined` if the rule or subject is there no more. */
  historyNeed(_dirty: DirtyRule): HistoryNeed | undefined {
    return undefined
  }

  /**
   * Judges a subject again over stored rows, by the same steps as live, and finds what is different from what is recorded.
   * What holds now rings (not retrospective); all else only says what was so.
   *
   * @param pages - every row of what `historyNeed` says, now.
   * @param recorded - the rule's alarms of this subject that were not over at `from`, or began later.
   * @returns the differences; they are not among `takeChanges`.
   */
  reevaluate(
    _dirty: DirtyRule,
    _pages: Iterable<HistoryPage>,
    _recorded: readonly RecordedAlarm[]
  ): readonly AlarmChange[] {
    return []
  }
}
