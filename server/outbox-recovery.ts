import type { Journal } from '../journal/journal.ts'
import type { OutboxEntry } from '../storage/state/state-store.ts'

/**
 * Looks for outbox entries that were appended before a crash, from the end of the log when they were made.
 *
 * @returns the raw position of each that was, by outbox id.
 */
export async function alreadyAppended(
  pending: readonly OutboxEntry[],
  raw: Pick<Journal, 'status' | 'reader'>
): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  const end = raw.status().last
  const from = Math.min(...pending.map(({ after }) => after))
  if (from >= end) return found
  const wanted = new Set(pending.map(({ id }) => id))
  const controller = new AbortController()
  const reader = raw.reader('outbox')
  for await (const { records } of reader.read(from, controller.signal)) {
    for (const record of records) {
      if (record.kind === 'control' && wanted.has(record.outboxId)) found.set(record.outboxId, record.position)
    }
    if ((records.at(-1)?.position ?? end) >= end) controller.abort()
  }
  // Needs nothing any more, so that it holds up no trimming.
  reader.commit(Number.MAX_SAFE_INTEGER)
  return found
}
