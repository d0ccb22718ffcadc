import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migration } from 'kysely/migration'
import { SenError } from '../../model/errors.ts'
import type { StateTables } from './tables.ts'

/** Where Kysely keeps the names of the migrations that have run. */
export const migrationTable = 'kysely_migration'

/**
 * Refuses a database in which migrations ran that this program does not know: a newer program wrote it.
 *
 * @param executed - names of the migrations that have run.
 * @throws SenError `SEN_STATE_FAILED`, naming the version of the database and the one this program knows.
 */
export function refuseNewer(
  database: string,
  executed: readonly string[],
  migrations: Readonly<Record<string, Migration>>
): void {
  const unknown = executed.filter(name => !Object.hasOwn(migrations, name)).toSorted()
  const newest = unknown.at(-1)
  if (newest === undefined) return

  const known = Object.keys(migrations).toSorted().at(-1) ?? 'none'
  throw new SenError(
    'SEN_STATE_FAILED',
    `open state ${database}: its version is ${newest}, this program knows ${known}`,
    {
      hint: 'Start the newer version of Sen again, or restore a backup made before the upgrade. Nothing was changed.'
    }
  )
}

/**
 * Runs the migrations that have not run yet, all in one transaction.
 *
 * @returns the names of those that ran.
 */
export async function migrate(
  db: Kysely<StateTables>,
  migrations: Readonly<Record<string, Migration>>
): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return results.map(result => result.migrationName)
}
