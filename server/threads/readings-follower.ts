import type { JournalBatch, JournalReader, StoredRecord } from '../../journal/journal.ts'
import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import { origin } from '../../model/position.ts'
import type { Position } from '../../model/position.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { decodeReadingBatch } from '../../model/reading-batch-format.ts'
import { paced } from './paced.ts'
import type { Pace } from './paced.ts'

/** One that follows the `readings` log together with others, each from its own kept position on. */
export interface ReadingsConsumer {
  /** @returns the position up to which it has everything. */
  begin(): Promise<Position>
  /** Takes a batch behind that position, in order. @param sizeBytes - of the batch in the log. */
  take(batch: ReadingBatch, sizeBytes: number): Promise<void>
  /** No more batches for now: what is due is written. @param position - of the newest record read, behind its own position. */
  settle(position: Position): Promise<void>
}

export interface FollowProps {
  /** Its `commit` is not used: consumers commit for themselves. */
  readonly reader: JournalReader
  readonly consumers: readonly ReadingsConsumer[]
  readonly signal: AbortSignal
  readonly log: Log
  /** How long what little comes is gathered; a second where left out. */
  readonly pace?: Pace
}

/** A state is shown within a second; nobody waits for the quarantine's index. */
const unhurried: Pace = { intervalMs: 1000, enoughBytes: 1024 * 1024 }

/**
 * Reads the log once and decodes each batch once, for all that need it. Begins where the first of them left off; whoever is
 * further gets nothing twice. Ends with the signal: what was taken and not settled is taken again at the next start.
 */
export async function followReadings({ reader, consumers, signal, log, pace = unhurried }: FollowProps): Promise<void> {
  const places = await Promise.all(consumers.map(async consumer => ({ consumer, after: await consumer.begin() })))
  const from = Math.min(...places.map(({ after }) => after))
  for await (const { records } of paced(whatIsLeft(reader, from, signal, log), pace, signal)) {
    for (const record of records) if (record.kind === 'batch') await handOver(record, places, signal)
    if (signal.aborted) return
    const last = records.at(-1)
    if (!last) continue
    for (const { consumer, after } of places) {
      if (last.position > after) await consumer.settle(last.position)
      if (signal.aborted) return
    }
  }
}

interface Place {
  readonly consumer: ReadingsConsumer
  readonly after: Position
}

async function handOver(
  record: Extract<StoredRecord, { readonly kind: 'batch' }>,
  places: readonly Place[],
  signal: AbortSignal
): Promise<void> {
  const waiting = places.filter(({ after }) => record.position > after)
  if (waiting.length === 0 || signal.aborted) return
  const batch = decodeReadingBatch(record.body)
  for (const { consumer } of waiting) {
    if (signal.aborted) return
    await consumer.take(batch, record.body.length)
  }
}

/** The log from a position on; from its oldest record where what follows was removed (the log was made anew). */
async function* whatIsLeft(
  reader: JournalReader,
  from: Position,
  signal: AbortSignal,
  log: Log
): AsyncGenerator<JournalBatch> {
  try {
    yield* reader.read(from, signal)
  } catch (cause) {
    if (!(cause instanceof SenError) || cause.code !== 'SEN_JOURNAL_DAMAGED' || from === origin) throw cause
    log.warn(
      { from, cause },
      'Reading goes on from the oldest readings there are: some that were not read were removed'
    )
    yield* reader.read(origin, signal)
  }
}
