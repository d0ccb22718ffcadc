import type { Kysely } from 'kysely'
import type { StateTables } from './tables.ts'

/** Something of the state, outside the registry, that belongs to an organisation. */
export interface OrganisationTie {
  readonly organisation: string
  /** What it is: `connector ttn`. */
  readonly words: string
}

/**
 * What would be left without an owner if the organisations went: connectors, and API tokens that are good at `now` (ms
 * since the epoch, UTC) and would open whatever took the same id later.
 */
export async function tiesOf(
  db: Kysely<StateTables>,
  organisations: readonly string[],
  now: number
): Promise<readonly OrganisationTie[]> {
  const connectors = await db
    .selectFrom('connector')
    .select(['organisation', 'name'])
    .where('organisation', 'in', organisations)
    .orderBy('name')
    .execute()
  const tokens = await db
    .selectFrom('api_token')
    .select(['organisation', 'id', 'name'])
    .where('organisation', 'in', organisations)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .orderBy('id')
    .execute()
  return [
    ...connectors.map(({ organisation, name }) => ({ organisation, words: `connector ${name}` })),
    ...tokens.map(({ organisation, id, name }) => ({ organisation, words: `token ${id} (${name})` }))
  ]
}
