import { setTimeout as wait } from 'node:timers/promises'
import { DeviceComparison } from './device-comparison.ts'
import type { Offence } from './device-comparison.ts'
import { loadMetricNames } from './farm-message.ts'
import { readLedger } from './ledger.ts'
import { loadDevice } from './provisioning.ts'
import { ReadingsClient } from './readings-client.ts'

export interface CompareOptions {
  /** Base address of the HTTP API, for example `http://127.0.0.1:8080`. */
  readonly http: string
  /** API token that may read the run's devices. */
  readonly token: string
  /** What `load` wrote. */
  readonly ledgerFile: string
  /** A device of which messages are missing is read again until they are there, or this time is over, ms. Default 0. */
  readonly settleMs?: number
  /** Rows a request. Default 10,000. */
  readonly limit?: number
  /** Devices read at once. Default 4. */
  readonly concurrency?: number
  /** Offending messages named in the result. Default 20. */
  readonly samples?: number
  readonly signal?: AbortSignal
  /** Called after every device. */
  readonly onProgress?: (done: { readonly devices: number; readonly of: number }) => void
}

/** All five counters are of messages (d, n), and exact. */
export interface Comparison {
  /** Sent, in the ledger. */
  readonly sent: number
  readonly acknowledged: number
  /** Found in storage with all readings, as they were sent. */
  readonly intact: number
  /** Acknowledged, and not in storage, or not with all its readings. */
  readonly lost: number
  /** In storage more than once. */
  readonly duplicated: number
  /** A stored value or time differs from what was sent. */
  readonly altered: number
  /** In storage, and never sent: (device, time). */
  readonly invented: number
  /** In storage, and never acknowledged: allowed. */
  readonly unacked_stored: number
  /** The first offending messages, `unacked_stored` left out. */
  readonly samples: readonly Offence[]
}

const dayMs = 86_400_000

/**
 * Reads everything a load run stored back through the public API and compares it with the ledger, message by message:
 * all devices, all metrics, from a day before the run to a day after it. The server should be at rest (nothing pending).
 *
 * @throws SenError SEN_INPUT_INVALID if the ledger cannot be read, SEN_CONNECTOR_FAILED if the API answers something else than rows.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { settleMs = 0, limit = 10_000, concurrency = 4, samples = 20 } = options
  const ledger = readLedger(options.ledgerFile)
  const { head } = ledger
  const newest = ledger.devices.reduce((last, each) => Math.max(last, each.ts(each.count)), head.startedAt)
  const client = new ReadingsClient({
    ...options,
    limit,
    from: head.startedAt - dayMs,
    to: newest + dayMs
  })
  const settledBy = performance.now() + settleMs
  const results: DeviceComparison[] = []

  const compareDevice = async (d: number): Promise<DeviceComparison> => {
    for (;;) {
      const comparison = new DeviceComparison({ d, seed: head.seed, ledger: ledger.devices[d] })
      for (const metric of loadMetricNames)
        for await (const rows of client.rows(loadDevice(head.runId, d), metric)) comparison.add(metric, rows)
      comparison.finish()
      if (comparison.counts.lost === 0 || performance.now() >= settledBy) return comparison
      await wait(250, undefined, { signal: options.signal })
    }
  }
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < head.devices) {
      results.push(await compareDevice(next++))
      options.onProgress?.({ devices: results.length, of: head.devices })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))

  const sum = (count: keyof DeviceComparison['counts']): number =>
    results.reduce((all, { counts }) => all + counts[count], 0)
  return {
    sent: ledger.sent,
    acknowledged: ledger.acknowledged,
    intact: sum('intact'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    altered: sum('altered'),
    invented: sum('invented'),
    unacked_stored: sum('unacked_stored'),
    samples: results.flatMap(({ offences }) => offences).slice(0, samples)
  }
}

/** Whether the promise was kept: nothing lost, duplicated, altered or invented. */
export function isFaultless({ lost, duplicated, altered, invented }: Comparison): boolean {
  return lost === 0 && duplicated === 0 && altered === 0 && invented === 0
}

/** The comparison in a few lines for people. */
export function comparisonText(comparison: Comparison): string {
  const { sent, acknowledged, intact, lost, duplicated, altered, invented, unacked_stored, samples } = comparison
  return [
    `sent ${sent}, acknowledged ${acknowledged}, intact in storage ${intact}`,
    `lost ${lost}  duplicated ${duplicated}  altered ${altered}  invented ${invented}  (unacked_stored ${unacked_stored})`,
    ...samples.map(
      ({ counter, d, n, detail }) => `  ${counter}: device ${d}${n === undefined ? '' : ` n ${n}`}: ${detail}`
    )
  ].join('\n')
}
