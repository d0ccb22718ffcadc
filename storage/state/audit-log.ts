import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { AuditEntry, AuditQuery, AuditRecord, AuditVerdict } from '../../model/audit.ts'
import { chunks } from './chunks.ts'
import { take } from './sequence.ts'
import type { AuditEndRow, AuditRow, StateTables } from './tables.ts'

/*
 * The audit log: lines that are only ever added, each chained to the one before it by an HMAC whose key stands in the key
 * file and not in the database. Who can write the database, and cannot read the key file, can neither change a line, nor
 * take one out, nor cut off the end without it showing. Somebody who puts back an older copy of the whole database is told
 * apart only by what was sent elsewhere.
 */

const rowsPerStatement = 500
/** What the first line ever is chained to. */
const genesis = '0'.repeat(64)

/** Adds lines within the caller's transaction: together with what they speak of. */
export async function addAudit(
  trx: Kysely<StateTables>,
  entries: readonly (AuditEntry | undefined)[],
  key: Uint8Array
): Promise<void> {
  const lines = entries.filter(entry => entry !== undefined)
  if (lines.length === 0) return
  const first = await take(trx, 'audit', lines.length)
  let { hash } = await endOf(trx, 'last')
  const rows = lines.map((entry, index) => {
    const row = rowOf(entry, first + index)
    hash = chained(row, hash, key)
    return { ...row, hash }
  })
  for (const part of chunks(rows, rowsPerStatement)) await trx.insertInto('audit').values(part).execute()
  await setEnd(trx, { name: 'last', id: first + lines.length - 1, hash }, key)
}

/** Newest first. */
export async function auditRecords(db: Kysely<StateTables>, query: AuditQuery): Promise<readonly AuditRecord[]> {
  let rows = db.selectFrom('audit').selectAll()
  if (query.from !== undefined) rows = rows.where('at', '>=', query.from)
  if (query.to !== undefined) rows = rows.where('at', '<', query.to)
  if (query.actor !== undefined) rows = rows.where('actor', '=', query.actor)
  if (query.object !== undefined) rows = rows.where('object', '=', query.object)
  if (query.outcome !== undefined) rows = rows.where('outcome', '=', query.outcome)
  if (query.before !== undefined) rows = rows.where('id', '<', query.before)
  if (query.organisations !== undefined) rows = rows.where('organisation', 'in', query.organisations)
  const { action } = query
  if (action !== undefined) {
    rows = rows.where(where => where.or([where('action', '=', action), where('action', 'like', `${action}.%`)]))
  }
  return (await rows.orderBy('id', 'desc').limit(query.limit).execute()).map(recordOf)
}

/** Follows the whole chain, and compares its ends with their seals. */
export async function verifyAudit(db: Kysely<StateTables>, key: Uint8Array): Promise<AuditVerdict> {
  const faults: string[] = []
  // Lines added meanwhile are left for the next time.
  const [begin, end] = [await endOf(db, 'first'), await endOf(db, 'last')]
  for (const one of [begin, end]) {
    if (one.seal !== sealOf(one, key))
      faults.push(`the mark of the ${one.name} line (${one.id}) is not what was written`)
  }
  let [id, hash, lines] = [begin.id, begin.hash, 0]
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('id', '>', id)
      .where('id', '<=', end.id)
      .orderBy('id')
      .limit(rowsPerStatement * 10)
      .execute()
    if (rows.length === 0) break
    for (const row of rows) {
      if (row.id !== id + 1) faults.push(`lines ${id + 1} to ${row.id - 1} are missing`)
      else if (row.hash !== chained(row, hash, key)) faults.push(`line ${row.id} is not what was written`)
      id = row.id
      hash = row.hash
      lines++
    }
    if (faults.length > 100) break
  }
  if (id !== end.id) faults.push(`the log ends with line ${id}; line ${end.id} was written last`)
  else if (hash !== end.hash) faults.push(`line ${id}, the last, is not what was written`)
  return { lines, first: begin.id + 1, last: end.id, faults }
}

/** Removes lines older than `before` (ms), from the beginning only. @returns how many. */
export async function trimAudit(trx: Kysely<StateTables>, before: number, key: Uint8Array): Promise<number> {
  const kept = await trx
    .selectFrom('audit')
    .select('id')
    .where('at', '>=', before)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  const last = await endOf(trx, 'last')
  const upTo = (kept?.id ?? last.id + 1) - 1
  const newest = await trx.selectFrom('audit').select(['id', 'hash']).where('id', '=', upTo).executeTakeFirst()
  if (newest === undefined) return 0
  const { numDeletedRows } = await trx.deleteFrom('audit').where('id', '<=', upTo).executeTakeFirstOrThrow()
  await setEnd(trx, { name: 'first', id: newest.id, hash: newest.hash }, key)
  return Number(numDeletedRows)
}

/** Seals the ends of a log that has no lines yet; a log whose ends are missing later is a fault. */
export async function beginAudit(trx: Kysely<StateTables>, key: Uint8Array): Promise<void> {
  const { count } = await trx
    .selectFrom('audit_end')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const { last } = await trx.selectFrom('sequence').select('last').where('name', '=', 'audit').executeTakeFirstOrThrow()
  if (count > 0 || last > 0) return
  await setEnd(trx, { name: 'first', id: 0, hash: genesis }, key)
  await setEnd(trx, { name: 'last', id: 0, hash: genesis }, key)
}

async function endOf(db: Kysely<StateTables>, name: AuditEndRow['name']): Promise<AuditEndRow> {
  const row = await db.selectFrom('audit_end').selectAll().where('name', '=', name).executeTakeFirst()
  return row ?? { name, id: 0, hash: genesis, seal: '' }
}

async function setEnd(trx: Kysely<StateTables>, end: Omit<AuditEndRow, 'seal'>, key: Uint8Array): Promise<void> {
  const row = { ...end, seal: sealOf(end, key) }
  await trx
    .insertInto('audit_end')
    .values(row)
    .onConflict(conflict => conflict.column('name').doUpdateSet({ id: row.id, hash: row.hash, seal: row.seal }))
    .execute()
}

function sealOf({ name, id, hash }: Omit<AuditEndRow, 'seal'>, key: Uint8Array): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(['audit-end', name, id, hash]))
    .digest('hex')
}

function chained(row: Omit<AuditRow, 'hash'>, previous: string, key: Uint8Array): string {
  const { id, at, actor, actor_name, address, action, object, organisation, outcome, detail, before, after, count } =
    row
  const columns = [
    id,
    at,
    actor,
    actor_name,
    address,
    action,
    object,
    organisation,
    outcome,
    detail,
    before,
    after,
    count
  ]
  return createHmac('sha256', key).update(previous).update(JSON.stringify(columns)).digest('hex')
}

function rowOf(entry: AuditEntry, id: number): Omit<AuditRow, 'hash'> {
  const { at, author, action, object, organisation, outcome, detail, before, after, count } = entry
  return {
    id,
    at,
    actor: author.id,
    actor_name: author.name,
    address: author.address,
    action,
    object,
    organisation,
    outcome,
    detail,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
    count
  }
}

function recordOf(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    at: row.at,
    author: { id: row.actor, name: row.actor_name, address: row.address },
    action: row.action,
    object: row.object,
    organisation: row.organisation,
    // Only `rowOf` writes rows, from entries of that type; the chain says so.
    outcome: row.outcome as AuditRecord['outcome'],
    detail: row.detail,
    ...(row.before !== null && { before: JSON.parse(row.before) as unknown }),
    ...(row.after !== null && { after: JSON.parse(row.after) as unknown }),
    count: row.count
  }
}
