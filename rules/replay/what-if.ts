import type { AlarmSubject } from '../../model/alarm.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule } from '../../model/rule.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import type { HistoryNeed, HistoryPage } from '../engine/fold-state.ts'
import type { LevelStep } from '../engine/reconcile.ts'
import { Trial } from './trial.ts'
import { differencesOf } from './difference.ts'
import type { Difference } from './difference.ts'

export interface WhatIfProps {
  /** The rule to try, saved or not. */
  readonly rule: Rule
  /** The rule that is in force, to compare with. */
  readonly inForce?: Rule | undefined
  /** As it is now: scope and places of then are not known any more. */
  readonly registry: RegistrySnapshot
  /** Profile → how often its devices report, s. */
  readonly intervals: ReadonlyMap<string, number | undefined>
  /** Every series there is. */
  readonly series: readonly SeriesDefinition[]
  /** The rule is taken to be put in place at `from`; ms since the epoch, `to` is not included. */
  readonly from: number
  readonly to: number
  /** Gives the stored rows of these series, each series in the order of time. It is asked for one part after the other. */
  readonly read: (need: HistoryNeed) => AsyncIterable<HistoryPage> | Iterable<HistoryPage>
  /** @param share - what is done, 0 to 1. @param readings - judged so far. */
  readonly onProgress?: ((share: number, readings: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** An alarm that a rule would have raised. */
export interface WhatIfAlarm {
  readonly subject: AlarmSubject
  readonly onset: number
  /** `undefined`: it held to the end. */
  readonly clearedAt: number | undefined
  /** Since when it stood at which level; the first is the onset. */
  readonly levels: readonly LevelStep[]
}

export interface WhatIfOutcome {
  /** By subject and time. */
  readonly alarms: readonly WhatIfAlarm[]
  /** What the rule in force would have raised over the same readings. */
  readonly inForce: readonly WhatIfAlarm[]
  readonly differences: readonly Difference[]
  readonly subjects: number
  readonly readings: number
}

/** Subjects are judged so many at a time: what is read for them is held in memory. */
const atOnce = 32

/**
 * Says what a rule would have found in a period: the same steps as live, over what is stored. Stored rows carry no time of
 * receipt, so absence goes by event time; whatever came late counts as if it had been there.
 *
 * Throws what `read` throws, and the signal's reason.
 */
export async function whatIf(props: WhatIfProps): Promise<WhatIfOutcome> {
  const trials = [props.rule, ...(props.inForce ? [props.inForce] : [])].map(rule => new Trial({ ...props, rule }))
  const work = trials.flatMap(trial => chunks(trial.subjects).map(subjects => ({ trial, subjects })))
  let readings = 0
  for (const [done, { trial, subjects }] of work.entries()) {
    props.signal?.throwIfAborted()
    readings += await trial.judge(subjects)
    props.onProgress?.((done + 1) / work.length, readings)
  }
  const [alarms = [], inForce = []] = trials.map(trial => trial.alarms)
  const differences = props.inForce ? differencesOf(alarms, inForce) : []
  return { alarms, inForce, differences, subjects: trials[0]?.subjects.length ?? 0, readings }
}

function chunks<T>(list: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / atOnce) }, (_, i) => list.slice(i * atOnce, (i + 1) * atOnce))
}
