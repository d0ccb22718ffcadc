import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Migration } from 'kysely/migration'
import { migrationTable, refuseNewer } from '../migrate.ts'

const busyTimeoutMs = 5_000

/**
 * Opens a state database for writing: WAL, synced at every commit, foreign keys, readable by its owner only. Creates the
 * file, not its folder. `:memory:` is a database that is gone when closed.
 *
 * @throws SenError `SEN_STATE_FAILED` if a newer program wrote it; it is left as it was. Errors of SQLite as they come.
 */
export function openDatabase(file: string, migrations: Readonly<Record<string, Migration>>): DatabaseSync {
  if (file !== ':memory:') {
    if (hasContent(file)) refuseNewer(file, executedMigrations(file), migrations)
    // SQLite gives its -wal and -shm files the mode of the database, so it is set before they are made.
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  }

  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  try {
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function hasContent(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
}

function executedMigrations(file: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs })
  try {
    const table = database.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(migrationTable)
    if (table === undefined) return []
    return database
      .prepare(`select name from ${migrationTable} order by name`)
      .all()
      .map(row => String(row['name']))
  } finally {
    database.close()
  }
}
