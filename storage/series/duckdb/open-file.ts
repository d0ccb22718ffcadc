import { DuckDBInstance } from '@duckdb/node-api'
import { SenError } from '../../../model/errors.ts'
import { failureOf, rebuildHint } from './failure.ts'
import { createTables, schemaVersion } from './schema.ts'

export interface FileProps {
  /** Path of the database; its folder exists. */
  readonly file: string
  readonly memoryMb: number
  /** Room for what queries spill to disk, MB, in `<file>.tmp`. */
  readonly spillMb: number
  readonly threads: number
}

/**
 * Opens the database file, or creates it with its tables.
 *
 * @throws SenError `SEN_DATA_LOCKED` if another process has it open; `SEN_SERIES_FAILED` if it cannot be read, or is of a
 * newer version than this program knows: such a file is left as it is.
 */
export async function openFile(props: FileProps): Promise<DuckDBInstance> {
  let instance: DuckDBInstance | undefined
  try {
    instance = await DuckDBInstance.create(props.file, settingsOf(props))
    await prepareTables(instance, props.file)
    return instance
  } catch (cause) {
    instance?.closeSync()
    throw failureOf('open', props.file, cause)
  }
}

function settingsOf(props: FileProps): Record<string, string> {
  return {
    memory_limit: `${props.memoryMb}MB`,
    temp_directory: `${props.file}.tmp`,
    max_temp_directory_size: `${props.spillMb}MB`,
    threads: `${props.threads}`,
    checkpoint_threshold: '64MB',
    // Nothing is fetched or read besides this file, whatever a query says.
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false'
  }
}

async function prepareTables(instance: DuckDBInstance, file: string): Promise<void> {
  const connection = await instance.connect()
  try {
    const tables = await connection.run(`SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'`)
    if (tables.rowCount === 0) {
      await connection.run(
        `BEGIN; ${createTables}; INSERT INTO meta VALUES (${schemaVersion}, 0, '', 0, 0, 0, 0); COMMIT`
      )
      return
    }
    const found = (await (await connection.run('SELECT version FROM meta')).getRowsJS())[0]?.[0]
    if (found === schemaVersion) return
    // Without this, closing would write the file's log into the file.
    await connection.run('PRAGMA disable_checkpoint_on_shutdown')
    throw new SenError(
      'SEN_SERIES_FAILED',
      `open ${file}: its tables have version ${String(found)}, this program knows version ${schemaVersion}`,
      { hint: `Start the version of Sen that wrote it. Or: ${rebuildHint(file)}` }
    )
  } finally {
    connection.closeSync()
  }
}
