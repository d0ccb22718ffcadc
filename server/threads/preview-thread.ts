import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule } from '../../model/rule.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import type { HistoryNeed, HistoryPage } from '../../rules/engine/fold-state.ts'
import { whatIf } from '../../rules/replay/what-if.ts'
import type { WhatIfOutcome } from '../../rules/replay/what-if.ts'
import { failureOf } from '../preview-failure.ts'
import type { PreviewFailure } from '../preview-failure.ts'
import { scanPages } from '../scan-pages.ts'
import type { ScanQueries } from '../scan-pages.ts'
import { goBehindOthers } from './priority.ts'
import { connect } from './rpc.ts'

/** What the preview thread is given: one what-if, and a line to the series store. It ends with it. */
export interface PreviewThreadData {
  readonly rule: Rule
  readonly inForce: Rule | undefined
  readonly registry: readonly RegistryChange[]
  readonly intervals: ReadonlyMap<string, number | undefined>
  readonly series: readonly SeriesDefinition[]
  readonly from: number
  readonly to: number
  readonly store: MessagePort
}

/** What the preview thread says. */
export type PreviewEvent =
  | { readonly kind: 'progress'; readonly share: number; readonly readings: number }
  | { readonly kind: 'done'; readonly outcome: WhatIfOutcome }
  | { readonly kind: 'failed'; readonly failure: PreviewFailure }

if (!parentPort) throw new Error('start preview thread: it is a worker')
const port = parentPort
// Whoever tries a rule waits; devices and live alarms do not.
goBehindOthers()
const { registry, series, store, ...plan } = workerData as PreviewThreadData
const queries = connect<ScanQueries>(store)
const idsOf = Map.groupBy(series, ({ device, metric }) => `${device} ${metric}`)

try {
  const outcome = await whatIf({
    ...plan,
    series,
    registry: new RegistrySnapshot(registry),
    read,
    onProgress: (share, readings) => {
      tell({ kind: 'progress', share, readings })
    }
  })
  tell({ kind: 'done', outcome })
} catch (cause) {
  tell({ kind: 'failed', failure: failureOf(cause) })
}
store.close()

async function* read({ series: wanted, from, to }: HistoryNeed): AsyncGenerator<HistoryPage> {
  const ids: SeriesId[] = wanted.flatMap(({ device, metric }) =>
    (idsOf.get(`${device} ${metric}`) ?? []).map(({ id }) => id)
  )
  if (ids.length === 0) return
  yield* scanPages(queries, { series: ids, from, to })
}

function tell(event: PreviewEvent): void {
  port.postMessage(event)
}
