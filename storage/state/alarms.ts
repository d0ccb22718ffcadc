import { sql } from 'kysely'
import type { Kysely, SelectQueryBuilder } from 'kysely'
import { chainFaults, evidenceFaults } from '../../alarms/lifecycle/chain.ts'
import { dampingMs } from '../../alarms/lifecycle/lifecycle.ts'
import type { Alarm, AlarmEvidence, AlarmState, AlarmStep } from '../../model/alarm.ts'
import { origin } from '../../model/position.ts'
import type { Position } from '../../model/position.ts'
import { lifeOfRow, stepOfRow } from './alarm-rows.ts'
import type { AlarmWriter } from './alarm-steps.ts'
import type { AlarmBurden, AlarmOccurrence, AlarmQuery, AlarmVerdict } from './alarm-store.ts'
import { chunks } from './chunks.ts'
import type { KeptState } from './health-store.ts'
import { maintenanceAt } from './maintenance.ts'
import type { StateTables } from './tables.ts'

const rowsPerStatement = 500
const mostBurdens = 200_000
const mostFaults = 100
const noCounts: Readonly<Record<AlarmState, number>> = {
  ...{ unacknowledged: 0, acknowledged: 0, returned: 0, shelved: 0, suppressed: 0 },
  ...{ 'out-of-service': 0, normal: 0 }
}

/** Replaces what rules know of things and moves their position, within the caller's transaction. */
export async function keepRules(trx: Kysely<StateTables>, states: KeptState, position: Position): Promise<void> {
  const gone = states.flatMap(([thing, body]) => (body === null ? thing : []))
  for (const part of chunks(gone, rowsPerStatement))
    await trx.deleteFrom('rule_state').where('thing', 'in', part).execute()
  const present = states.flatMap(([thing, body]) => (body === null ? [] : { thing, body }))
  for (const part of chunks(present, rowsPerStatement)) {
    await trx
      .insertInto('rule_state')
      .values(part)
      .onConflict(conflict => conflict.column('thing').doUpdateSet(set => ({ body: set.ref('excluded.body') })))
      .execute()
  }
  await trx
    .insertInto('reader_position')
    .values({ reader: 'rules', position })
    .onConflict(conflict => conflict.column('reader').doUpdateSet({ position }))
    .execute()
}

/** What the rules knew, with their position. */
export async function keptRules(
  db: Kysely<StateTables>
): Promise<{ readonly states: KeptState; readonly position: Position }> {
  const rows = await db.selectFrom('rule_state').selectAll().execute()
  const at = await db.selectFrom('reader_position').select('position').where('reader', '=', 'rules').executeTakeFirst()
  return { states: rows.map(({ thing, body }) => [thing, body]), position: at?.position ?? origin }
}

/** Ends shelving, maintenance and flapping that are over at `now`, within the caller's transaction. */
export async function expireAlarms(trx: Kysely<StateTables>, writer: AlarmWriter, now: number): Promise<void> {
  const rows = await trx.selectFrom('alarm').select('body').where('state', 'in', ['shelved', 'suppressed']).execute()
  for (const { alarm, changedAt } of rows.map(lifeOfRow)) {
    const { id, shelvedUntil, suppressedBy } = alarm
    if (shelvedUntil !== undefined && shelvedUntil <= now) await writer.note(id, { kind: 'unshelved' })
    if (suppressedBy.includes('flapping') && now - changedAt > dampingMs)
      await writer.note(id, { kind: 'unsuppressed', by: 'flapping' })
    if (suppressedBy.includes('maintenance') && !(await maintenanceAt(trx, alarm, now)))
      await writer.note(id, { kind: 'unsuppressed', by: 'maintenance' })
  }
}

/** Newest first. */
export async function alarmsOf(db: Kysely<StateTables>, query: AlarmQuery): Promise<readonly Alarm[]> {
  const { limit, after, states } = query
  let rows = narrowed(db.selectFrom('alarm').select('body'), query).orderBy('first_sequence', 'desc').limit(limit)
  if (states) rows = rows.where('state', 'in', states)
  if (after !== undefined)
    rows = rows.where('first_sequence', '<', eb =>
      eb.selectFrom('alarm as last').select('last.first_sequence').where('last.id', '=', after)
    )
  return (await rows.execute()).map(row => lifeOfRow(row).alarm)
}

export async function alarmOf(db: Kysely<StateTables>, id: string): Promise<Alarm | undefined> {
  const row = await db
    .selectFrom('alarm_name')
    .innerJoin('alarm', 'alarm.id', 'alarm_name.alarm')
    .select('alarm.body')
    .where('alarm_name.id', '=', id)
    .executeTakeFirst()
  return row && lifeOfRow(row).alarm
}

/** Times that a rule's condition held for a subject. */
export async function occurrencesOf(
  db: Kysely<StateTables>,
  { rule, subject, from }: { readonly rule: string; readonly subject: string; readonly from: number }
): Promise<readonly AlarmOccurrence[]> {
  const rows = await db
    .selectFrom('alarm')
    .select('body')
    .where('rule', '=', rule)
    .where('subject', '=', subject)
    .orderBy('first_sequence')
    .execute()
  return rows.map(lifeOfRow).flatMap(({ alarm, occurrences }) => {
    const { version, subject: about, healthEvent } = alarm
    return occurrences
      .filter(({ isWithdrawn, clearedAt = Infinity }) => !isWithdrawn && clearedAt > from)
      .map(({ id, onset, clearedAt, highestLevel }) => ({
        ...{ id, version, subject: about, healthEvent, onset, clearedAt, highestLevel }
      }))
  })
}

/** Alarms of health whose condition goes on. */
export async function openHealthAlarms(
  db: Kysely<StateTables>
): Promise<readonly (AlarmOccurrence & { readonly rule: string })[]> {
  const rows = await db
    .selectFrom('alarm')
    .select('body')
    .where(sql<boolean>`json_extract(body, '$.alarm.healthEvent') is not null`)
    .where(sql<boolean>`json_extract(body, '$.alarm.level') > 0`)
    .execute()
  return rows.map(lifeOfRow).flatMap(({ alarm, occurrences }) => {
    const { rule, version, subject, healthEvent } = alarm
    const going = occurrences.filter(({ level }) => level > 0)
    return going.map(({ id, onset, clearedAt, highestLevel }) => ({
      ...{ id, rule, version, subject, healthEvent, onset, clearedAt, highestLevel }
    }))
  })
}

export async function alarmCounts(
  db: Kysely<StateTables>,
  query: Pick<AlarmQuery, 'organisations' | 'isSimulated'>
): Promise<Readonly<Record<AlarmState, number>>> {
  const rows = await narrowed(
    db.selectFrom('alarm').select(['state', ({ fn }) => fn.countAll<number>().as('count')]),
    query
  )
    .groupBy('state')
    .execute()
  return { ...noCounts, ...Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)])) }
}

/** Oldest first. */
export async function alarmBurdens(
  db: Kysely<StateTables>,
  query: Pick<AlarmQuery, 'organisations' | 'isSimulated' | 'from' | 'to'>
): Promise<readonly AlarmBurden[]> {
  const rows = await narrowed(db.selectFrom('alarm').select('body'), query)
    .orderBy('first_sequence')
    .limit(mostBurdens)
    .execute()
  return rows.map(row => {
    const { alarm, firstAcknowledgedAt, firstReturnedAt, isActedOn } = lifeOfRow(row)
    const { rule, raisedAt } = alarm
    return { rule, raisedAt, acknowledgedAt: firstAcknowledgedAt, returnedAt: firstReturnedAt, isActedOn }
  })
}

/** Every step of one alarm, in order. */
export async function stepsOf(db: Kysely<StateTables>, alarm: string): Promise<readonly AlarmStep[]> {
  const rows = await db
    .selectFrom('alarm_step')
    .selectAll()
    .where('alarm', '=', eb => eb.selectFrom('alarm_name').select('alarm').where('id', '=', alarm))
    .orderBy('step')
    .execute()
  return rows.map(stepOfRow)
}

/** Steps of all alarms behind a number. */
export async function stepsBehind(
  db: Kysely<StateTables>,
  sequence: number,
  limit: number
): Promise<readonly AlarmStep[]> {
  const rows = await db
    .selectFrom('alarm_step')
    .selectAll()
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit)
    .execute()
  return rows.map(stepOfRow)
}

/** What was copied with an alarm, in the order of the times it was raised. */
export async function evidenceOf(db: Kysely<StateTables>, alarm: string): Promise<readonly CopiedEvidence[]> {
  const rows = await db
    .selectFrom('alarm_evidence')
    .selectAll()
    .where('alarm', '=', eb => eb.selectFrom('alarm_name').select('alarm').where('id', '=', alarm))
    .orderBy(sql`rowid`)
    .execute()
  // Written by `AlarmWriter` from the same type.
  return rows.map(({ id, body }) => ({ alarm: id, evidence: JSON.parse(body) as AlarmEvidence }))
}

interface CopiedEvidence {
  readonly alarm: string
  readonly evidence: AlarmEvidence
}

/** Follows the chain of every alarm, a thousand alarms at a time. */
export async function verifyAlarms(db: Kysely<StateTables>): Promise<AlarmVerdict> {
  const faults: string[] = []
  let [alarms, steps, after] = [0, 0, -1]
  for (;;) {
    const rows = await db
      .selectFrom('alarm')
      .select(['id', 'first_sequence', 'steps', 'hash'])
      .where('first_sequence', '>', after)
      .orderBy('first_sequence')
      .limit(1000)
      .execute()
    if (rows.length === 0 || faults.length >= mostFaults) break
    for (const row of rows) {
      const chain = await stepsOf(db, row.id)
      faults.push(...chainFaults(row.id, chain, row), ...evidenceFaults(chain, await evidenceOf(db, row.id)))
      steps += chain.length
    }
    alarms += rows.length
    after = rows.at(-1)?.first_sequence ?? after
  }
  return { alarms, steps, faults: [...faults, ...(await missingSteps(db))] }
}

/** Numbers are dense: a whole alarm that was taken out leaves a gap. */
async function missingSteps(db: Kysely<StateTables>): Promise<readonly string[]> {
  const { count } = await db
    .selectFrom('alarm_step')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const given = await db.selectFrom('sequence').select('last').where('name', '=', 'alarm_step').executeTakeFirst()
  const lacking = (given?.last ?? 0) - Number(count)
  return lacking === 0 ? [] : [`alarms: ${given?.last ?? 0} steps were written; ${lacking} of them are missing`]
}

function narrowed<O>(
  rows: SelectQueryBuilder<StateTables, 'alarm', O>,
  query: Omit<AlarmQuery, 'limit' | 'states' | 'after'>
): SelectQueryBuilder<StateTables, 'alarm', O> {
  const { organisations, site, device, rule, isSimulated, from, to } = query
  let found = rows
  // As one value: there may be more of them than a statement has room for.
  if (organisations)
    found = found.where(
      sql<boolean>`alarm.organisation in (select value from json_each(${JSON.stringify(organisations)}))`
    )
  if (site !== undefined) found = found.where('site', '=', site)
  if (device !== undefined) found = found.where('subject_kind', '=', 'device').where('subject', '=', device)
  if (rule !== undefined) found = found.where('rule', '=', rule)
  if (isSimulated !== undefined) found = found.where('is_simulated', '=', isSimulated ? 1 : 0)
  if (from !== undefined) found = found.where('raised_at', '>=', from)
  if (to !== undefined) found = found.where('raised_at', '<', to)
  return found
}
