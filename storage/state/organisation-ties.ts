import type { Kysely } from 'kysely'
import type { StateTables } from './tables.ts'

/** People of an organisation may be thousands; a few say what stands in the way. */
const mostNamed = 5

/** Something of the state, outside the registry, that belongs to an organisation. */
export interface OrganisationTie {
  readonly organisation: string
  /** What it is: `connector ttn`. */
  readonly words: string
}

/**
 * What would be left without an owner if the organisations went, or would open whatever took the same id later: people,
 * their roles, displays, connectors, and API tokens that are good at `now` (ms since the epoch, UTC).
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
  const people = await db
    .selectFrom('person')
    .select(['organisation', 'id', 'name'])
    .where('organisation', 'in', organisations)
    .orderBy('id')
    .limit(mostNamed)
    .execute()
  const grants = await db
    .selectFrom('person_grant')
    .select(['organisation', 'person', 'role'])
    .where('organisation', 'in', organisations)
    .orderBy('person')
    .limit(mostNamed)
    .execute()
  const displays = await db
    .selectFrom('enrolled_device')
    .select(['organisation', 'name'])
    .where('organisation', 'in', organisations)
    .orderBy('name')
    .limit(mostNamed)
    .execute()
  return [
    ...people.map(({ organisation, id, name }) => ({ organisation, words: `person ${id} (${name})` })),
    ...grants.map(({ organisation, person, role }) => ({ organisation, words: `role ${role} of person ${person}` })),
    ...displays.flatMap(({ organisation, name }) =>
      organisation === null ? [] : [{ organisation, words: `display ${name}` }]
    ),
    ...connectors.map(({ organisation, name }) => ({ organisation, words: `connector ${name}` })),
    ...tokens.map(({ organisation, id, name }) => ({ organisation, words: `token ${id} (${name})` }))
  ]
}
