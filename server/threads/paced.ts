import { setTimeout as delay } from 'node:timers/promises'
import type { JournalBatch } from '../../journal/journal.ts'

export interface Pace {
  /** After a batch smaller than `enoughBytes` the next is asked for no sooner than this, ms. */
  readonly intervalMs: number
  readonly enoughBytes: number
}

/**
 * Gives batches as they come, but not one by one where little comes: what arrives within the interval is one batch. Each
 * batch costs a wake-up, a write, a transaction; at a few thousand messages a second that would be most of the work.
 */
export async function* paced(
  batches: AsyncIterable<JournalBatch>,
  pace: Pace,
  signal: AbortSignal
): AsyncGenerator<JournalBatch> {
  for await (const batch of batches) {
    yield batch
    if (sizeOf(batch) < pace.enoughBytes) await delay(pace.intervalMs, undefined, { signal }).catch(() => undefined)
  }
}

function sizeOf({ records }: JournalBatch): number {
  let bytes = 0
  for (const record of records) {
    if (record.kind === 'message') bytes += record.payload.length
    else if (record.kind === 'batch') bytes += record.body.length
  }
  return bytes
}
