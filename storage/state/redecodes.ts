import type { Kysely } from 'kysely'
import type { Position } from '../../model/position.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import { addedCounts, noRedecodeCounts } from '../../model/redecode.ts'
import type { RedecodeCounts, RedecodeSelection, Redecoded } from '../../model/redecode.ts'
import { putQuarantined, readerPosition, setReaderPosition } from './quarantine-index.ts'
import { setQuarantined } from './quarantine-blocks.ts'
import { take } from './sequence.ts'
import type { NewRedecodeJob, OutsideKept, RedecodeJob } from './state-store.ts'
import type { RedecodeJobRow, StateTables } from './tables.ts'

/** Above this a job's generation stays the same: rows of one message then stand in the order of hand-over. */
const highestGeneration = 65_535

/** Adds a job that waits. @returns its id. */
export async function insertRedecode(trx: Kysely<StateTables>, job: NewRedecodeJob): Promise<number> {
  const id = await take(trx, 'redecode_job', 1)
  await trx
    .insertInto('redecode_job')
    .values({
      id,
      selection: JSON.stringify(job.selection),
      from_time: job.fromTime ?? null,
      to_time: job.toTime ?? null,
      state: job.last < job.first ? 'done' : 'waiting',
      author: job.author,
      made_at: job.madeAt,
      ended_at: job.last < job.first ? job.madeAt : null,
      began: null,
      generation: null,
      first_position: job.first,
      last_position: job.last,
      next_position: job.first,
      counts: JSON.stringify(noRedecodeCounts),
      outside: job.outside ? JSON.stringify(job.outside) : null,
      detail: ''
    })
    .execute()
  return id
}

/** Lets a job that waits begin at `began`, with the next generation. @returns it. */
export async function beginRedecode(
  trx: Kysely<StateTables>,
  id: number,
  began: Position
): Promise<RedecodeJob | undefined> {
  const { highest } = await trx
    .selectFrom('redecode_job')
    .select(({ fn }) => fn.max('generation').as('highest'))
    .executeTakeFirstOrThrow()
  const generation = Math.min(highestGeneration, Number(highest ?? 0) + 1)
  await trx
    .updateTable('redecode_job')
    .set({ state: 'running', began, generation })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .execute()
  return redecodeOf(trx, id)
}

/** Newest first. */
export async function redecodeJobs(db: Kysely<StateTables>, limit: number): Promise<readonly RedecodeJob[]> {
  return (await db.selectFrom('redecode_job').selectAll().orderBy('id', 'desc').limit(limit).execute()).map(jobOf)
}

/** The job that is to go on: the oldest that has not ended. */
export async function redecodeToDo(db: Kysely<StateTables>): Promise<RedecodeJob | undefined> {
  const row = await db
    .selectFrom('redecode_job')
    .selectAll()
    .where('state', 'in', ['waiting', 'running'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && jobOf(row)
}

/** The first position that a job which has not ended has still to read. */
export async function redecodeNeeds(db: Kysely<StateTables>): Promise<Position | undefined> {
  const row = await db
    .selectFrom('redecode_job')
    .select('next_position')
    .where('state', 'in', ['waiting', 'running'])
    .orderBy('next_position')
    .limit(1)
    .executeTakeFirst()
  return row?.next_position
}

/** Notes what the raw log has given up of a job's stretch, and lets it go on at `next`, within the caller's transaction. */
export async function passRedecode(
  trx: Kysely<StateTables>,
  id: number,
  { next, outside, now }: { readonly next: Position; readonly outside: OutsideKept; readonly now: number }
): Promise<void> {
  const job = await redecodeOf(trx, id)
  if (!job) return
  const hasEnded = next > job.last && job.endedAt === undefined
  await trx
    .updateTable('redecode_job')
    .set({
      next_position: Math.min(job.last + 1, Math.max(job.next, next)),
      outside: JSON.stringify(outside),
      ...(hasEnded && { state: 'done', ended_at: now })
    })
    .where('id', '=', id)
    .execute()
}

export async function redecodeOf(db: Kysely<StateTables>, id: number): Promise<RedecodeJob | undefined> {
  const row = await db.selectFrom('redecode_job').selectAll().where('id', '=', id).executeTakeFirst()
  return row && jobOf(row)
}

/**
 * Takes in what a part did, and moves the quarantine reader to `position`, within the caller's transaction. What the reader
 * has passed changes nothing: a part counts once.
 */
export async function takeRedecoded(
  trx: Kysely<StateTables>,
  {
    done,
    entries,
    position,
    now
  }: {
    readonly done: Redecoded
    readonly entries: readonly Quarantined[]
    readonly position: Position
    readonly now: number
  }
): Promise<void> {
  if (position <= (await readerPosition(trx))) return
  await setQuarantined(trx, done.released, false)
  for (const at of done.released) await trx.deleteFrom('quarantine').where('position', '=', at).execute()
  await putQuarantined(trx, entries)
  const job = await redecodeOf(trx, done.job)
  // A state that was restored from a backup may not know the job.
  if (job?.began === done.began) {
    const isLast = done.to >= job.last
    await trx
      .updateTable('redecode_job')
      .set({
        next_position: done.to + 1,
        counts: JSON.stringify(addedCounts(job.counts, done.counts)),
        ...(isLast && { state: 'done', ended_at: now })
      })
      .where('id', '=', job.id)
      .execute()
  }
  await setReaderPosition(trx, position)
}

/** Ends a job before its end, with the reason. */
export async function endRedecode(
  trx: Kysely<StateTables>,
  id: number,
  { detail, now }: { readonly detail: string; readonly now: number }
): Promise<void> {
  await trx
    .updateTable('redecode_job')
    .set({ state: 'failed', detail, ended_at: now })
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'running'])
    .execute()
}

function jobOf(row: RedecodeJobRow): RedecodeJob {
  return {
    id: row.id,
    // Written by `insertRedecode` and `takeRedecoded` from the same types.
    selection: JSON.parse(row.selection) as RedecodeSelection,
    counts: JSON.parse(row.counts) as RedecodeCounts,
    outside: row.outside === null ? undefined : (JSON.parse(row.outside) as RedecodeJob['outside']),
    fromTime: row.from_time ?? undefined,
    toTime: row.to_time ?? undefined,
    state: row.state,
    author: row.author,
    madeAt: row.made_at,
    endedAt: row.ended_at ?? undefined,
    began: row.began ?? undefined,
    generation: row.generation ?? undefined,
    first: row.first_position,
    last: row.last_position,
    next: row.next_position,
    detail: row.detail
  }
}
