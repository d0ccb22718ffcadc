import type { Kysely } from 'kysely'
import type { Position } from '../../model/position.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { SenError } from '../../model/errors.ts'
import { chunks } from './chunks.ts'
import { NewestChanges } from './newest-changes.ts'
import { tiesOf } from './organisation-ties.ts'
import { checkChange, thingsConsulted } from './registry-check.ts'
import { inApplicableOrder } from './registry-order.ts'
import { isRemoval, parentOf } from './registry-references.ts'
import type { RegistryRemoval } from './registry-references.ts'
import { changeOf, placedAt, rowOf, thingOf } from './registry-row.ts'
import { take } from './sequence.ts'
import type { OutboxEntry, PlacedRule, PlacedVersion } from './state-store.ts'
import type { RegistryChangeRow, StateTables } from './tables.ts'

const rowsPerStatement = 500

/**
 * Checks changes one after another and adds them, within the caller's transaction.
 *
 * @throws SenError `SEN_NOT_FOUND`, `SEN_CONFLICT`: see `checkChange`.
 */
export async function addChanges(
  trx: Kysely<StateTables>,
  changes: readonly RegistryChange[],
  facts: { readonly madeAt: number; readonly after: Position }
): Promise<readonly OutboxEntry[]> {
  if (changes.length === 0) return []
  // The ids come first: taking them holds off other writers, so nothing changes between the check and the insert.
  const first = await take(trx, 'registry_change', changes.length)
  const newest = await consulted(trx, changes)
  await addWhatStandsInTheWay(trx, { newest, removals: changes.filter(isRemoval), now: facts.madeAt })
  for (const change of changes) {
    checkChange(change, newest)
    newest.set(change)
  }

  const rows = changes.map((change, index) => rowOf(change, { ...facts, id: first + index }))
  for (const part of chunks(rows, rowsPerStatement)) await trx.insertInto('registry_change').values(part).execute()
  return changes.map((change, index) => ({ id: first + index, change, after: facts.after }))
}

/** The changes not yet known to be in the raw log, oldest first. */
export async function pendingChanges(db: Kysely<StateTables>): Promise<readonly OutboxEntry[]> {
  const rows = await db.selectFrom('registry_change').selectAll().where('position', 'is', null).orderBy('id').execute()
  return rows.map(row => ({ id: row.id, change: changeOf(row), after: row.after_position }))
}

/**
 * Keeps the position of each change, within the caller's transaction. A change that has one keeps it: there it took effect
 * first.
 *
 * @returns the ids of changes that already had another position.
 * @throws SenError `SEN_NOT_FOUND` for an id that was never given out.
 */
export async function placeChanges(
  trx: Kysely<StateTables>,
  entries: readonly { readonly id: number; readonly position: Position }[]
): Promise<readonly number[]> {
  const rows = new Map<number, RegistryChangeRow>()
  for (const part of chunks(entries, rowsPerStatement)) {
    const ids = part.map(entry => entry.id)
    const found = await trx.selectFrom('registry_change').selectAll().where('id', 'in', ids).execute()
    for (const row of found) rows.set(row.id, row)
  }

  const placedBefore: number[] = []
  const placed = new Map<number, RegistryChangeRow>()
  for (const { id, position } of entries) {
    const row = placed.get(id) ?? rows.get(id)
    if (row === undefined) throw new SenError('SEN_NOT_FOUND', `place registry change ${id}: there is no such change`)
    if (row.position === null) placed.set(id, placedAt(row, position))
    else if (row.position !== position) placedBefore.push(id)
  }
  for (const part of chunks([...placed.values()], rowsPerStatement)) {
    // The rows are there: this is one update of many rows, in words that every database knows.
    await trx
      .insertInto('registry_change')
      .values(part)
      .onConflict(conflict =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          position: ref('excluded.position'),
          checksum: ref('excluded.checksum')
        }))
      )
      .execute()
  }
  return placedBefore
}

/** The registry at a raw position: the newest change of each thing that took effect by then, in an order to apply. */
export async function changesInEffect(db: Kysely<StateTables>, position: Position): Promise<readonly RegistryChange[]> {
  const rows = await db
    .selectFrom(
      db
        .selectFrom('registry_change')
        .selectAll()
        .select(({ fn }) =>
          fn
            .agg<number>('row_number')
            .over(over => over.partitionBy('thing').orderBy('position', 'desc').orderBy('id', 'desc'))
            .as('age')
        )
        .where('position', '<=', position)
        .as('change')
    )
    .selectAll()
    .where('age', '=', 1)
    .orderBy('id')
    .execute()
  // What was removed is simply not there: nothing refers to it, and removals would pile up for ever.
  return inApplicableOrder(rows.map(changeOf).filter(change => !isRemoval(change)))
}

/** Every version of a profile, newest first. */
export async function versionsOf(db: Kysely<StateTables>, profile: string): Promise<readonly PlacedVersion[]> {
  return (await placedChanges(db, `profile:${profile}`)).map(({ change, ...place }) => ({
    ...{ version: change.kind === 'profile' ? change.version : undefined, ...place }
  }))
}

/** Every version of a rule, newest first. */
export async function ruleVersionsOf(db: Kysely<StateTables>, rule: string): Promise<readonly PlacedRule[]> {
  return (await placedChanges(db, `rule:${rule}`)).map(({ change, ...place }) => ({
    ...{ rule: change.kind === 'rule' ? change.rule : undefined, ...place }
  }))
}

async function placedChanges(db: Kysely<StateTables>, thing: string) {
  const rows = await db
    .selectFrom('registry_change')
    .selectAll()
    .where('thing', '=', thing)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(row => ({ change: changeOf(row), madeAt: row.made_at, position: row.position ?? undefined }))
}

/** The newest change of every thing that the checks of `changes` look at, ancestors of organisations included. */
async function consulted(trx: Kysely<StateTables>, changes: readonly RegistryChange[]): Promise<NewestChanges> {
  const newest = new NewestChanges()
  const asked = new Set<string>()
  let wanted = new Set(changes.flatMap(thingsConsulted))
  while (wanted.size > 0) {
    const found = await newestOf(trx, [...wanted])
    for (const thing of wanted) asked.add(thing)
    for (const change of found) newest.set(change)
    const parents = found.flatMap(change => (change.kind === 'organisation' ? parentOf(change.organisation) : []))
    wanted = new Set(parents.filter(parent => !asked.has(parent)))
  }
  return newest
}

/** Ids that rows are searched for: each is a pattern that every row is held against, so with more it is cheaper to read all. */
const mostPatterns = 50

/** Adds to `newest` whatever may refer to what the removals take away, and what else belongs to it. */
async function addWhatStandsInTheWay(
  trx: Kysely<StateTables>,
  facts: { readonly newest: NewestChanges; readonly removals: readonly RegistryRemoval[]; readonly now: number }
): Promise<void> {
  const { newest, removals, now } = facts
  const present = removals.filter(change => newest.has(thingOf(change)))
  const ids = [...new Set(present.filter(canBeReferredTo).map(({ id }) => id))]
  if (ids.length > 0) for (const change of await newestOf(trx, await thingsThatName(trx, ids))) newest.set(change)
  const organisations = present.filter(({ kind }) => kind === 'organisation-removed').map(({ id }) => id)
  for (const part of chunks(organisations, rowsPerStatement)) {
    for (const { organisation, words } of await tiesOf(trx, part, now))
      newest.tie(`organisation:${organisation}`, words)
  }
}

function canBeReferredTo({ kind }: RegistryRemoval): boolean {
  return kind === 'organisation-removed' || kind === 'site-removed'
}

/** Things with a change, new or old, that holds one of the ids as a whole text; more than refer to it, never fewer. */
async function thingsThatName(trx: Kysely<StateTables>, ids: readonly string[]): Promise<readonly string[]> {
  const things = trx.selectFrom('registry_change').select('thing').distinct()
  const rows =
    ids.length > mostPatterns
      ? things
      : things.where(({ eb, or }) => or(ids.map(id => eb('body', 'like', `%"${id}"%`))))
  return (await rows.execute()).map(({ thing }) => thing)
}

async function newestOf(trx: Kysely<StateTables>, things: readonly string[]): Promise<readonly RegistryChange[]> {
  const newest: RegistryChange[] = []
  for (const part of chunks(things, rowsPerStatement)) {
    const rows = await trx
      .selectFrom('registry_change')
      .selectAll()
      .where('id', 'in', db =>
        db
          .selectFrom('registry_change')
          .select(({ fn }) => fn.max('id').as('id'))
          .where('thing', 'in', part)
          .groupBy('thing')
      )
      .execute()
    newest.push(...rows.map(changeOf))
  }
  return newest
}

/** Deletes changes that have no place in the raw log. */
export async function withdrawChanges(db: Kysely<StateTables>, ids: readonly number[]): Promise<void> {
  for (const part of chunks(ids, rowsPerStatement)) {
    await db.deleteFrom('registry_change').where('id', 'in', part).where('position', 'is', null).execute()
  }
}
