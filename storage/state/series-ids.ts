import type { Kysely } from 'kysely'
import { SenError } from '../../model/errors.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../model/series.ts'
import { chunks } from './chunks.ts'
import { take } from './sequence.ts'
import type { StateTables } from './tables.ts'

const rowsPerStatement = 500

/**
 * Gives each key its id, new ones in the order of the keys, within the caller's transaction.
 *
 * @returns ids in the order of `keys`; the same key twice has the same id.
 */
export async function idsOf(trx: Kysely<StateTables>, keys: readonly SeriesKey[]): Promise<readonly SeriesId[]> {
  const ids = await knownIds(trx, new Set(keys.map(key => key.device)))
  const unknown = new Map(keys.filter(key => !ids.has(textOf(key))).map(key => [textOf(key), key]))
  if (unknown.size > 0) {
    const first = await take(trx, 'series', unknown.size)
    const rows = [...unknown.values()].map(({ organisation, device, metric }, index) => ({
      id: first + index,
      organisation,
      device,
      metric
    }))
    for (const part of chunks(rows, rowsPerStatement)) await trx.insertInto('series').values(part).execute()
    for (const row of rows) ids.set(textOf(row), row.id)
  }
  return keys.map(key => {
    const id = ids.get(textOf(key))
    if (id === undefined) throw new SenError('SEN_INTERNAL', `allocate series ${textOf(key)}: it was given no id`)
    return id
  })
}

/** Every series above an id, by id. */
export async function seriesDefinitions(
  db: Kysely<StateTables>,
  after: SeriesId
): Promise<readonly SeriesDefinition[]> {
  const rows = await db.selectFrom('series').selectAll().where('id', '>', after).orderBy('id').execute()
  return rows.map(({ id, organisation, device, metric }) => ({ id, organisation, device, metric }))
}

async function knownIds(trx: Kysely<StateTables>, devices: ReadonlySet<string>): Promise<Map<string, SeriesId>> {
  const ids = new Map<string, SeriesId>()
  for (const part of chunks([...devices], rowsPerStatement)) {
    const rows = await trx.selectFrom('series').selectAll().where('device', 'in', part).execute()
    for (const row of rows) ids.set(textOf(row), row.id)
  }
  return ids
}

/** A key as one text, unambiguous whatever characters its parts hold. */
function textOf({ organisation, device, metric }: SeriesKey): string {
  return JSON.stringify([organisation, device, metric])
}
