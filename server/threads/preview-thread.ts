import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { messageOf, SenError } from '../../model/errors.ts'
import type { ErrorCode } from '../../model/errors.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule } from '../../model/rule.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import type { HistoryNeed, HistoryPage } from '../../rules/engine/fold-state.ts'
import { whatIf } from '../../rules/replay/what-if.ts'
import type { WhatIfOutcome } from '../../rules/replay/what-if.ts'
import type { SeriesQueries } from '../services.ts'
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
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }

if (!parentPort) throw new Error('start preview thread: it is a worker')
const port = parentPort
// Whoever tries a rule waits; devices and live alarms do not.
goBehindOthers()
const { registry, series, store, ...plan } = workerData as PreviewThreadData
const queries = connect<Pick<SeriesQueries, 'openScan' | 'nextPage'>>(store)
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
  tell({ kind: 'failed', code: cause instanceof SenError ? cause.code : 'SEN_INTERNAL', message: messageOf(cause) })
}
store.close()

async function* read({ series: wanted, from, to }: HistoryNeed): AsyncGenerator<HistoryPage> {
  const ids: SeriesId[] = wanted.flatMap(({ device, metric }) =>
    (idsOf.get(`${device} ${metric}`) ?? []).map(({ id }) => id)
  )
  if (ids.length === 0) return
  const scan = await queries.openScan({ series: ids, from, to })
  for (let page = await queries.nextPage(scan); page; page = await queries.nextPage(scan)) yield page
}

function tell(event: PreviewEvent): void {
  port.postMessage(event)
}
