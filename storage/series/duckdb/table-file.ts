import { extname } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { SenError, messageOf } from '../../../model/errors.ts'

/** A table in a file, read once from its beginning. */
export interface TableFile {
  /** Names of its columns, as they stand there. */
  readonly heading: readonly string[]
  /** What divides cells; `undefined` for Parquet. */
  readonly delimiter: string | undefined
  /** Rows, or at least how many bytes the file has, to tell how far one is. */
  readonly rowCount: number | undefined
  /** Rows in the order of the file, as text; an empty cell is ''. */
  rows(): AsyncIterable<readonly (readonly string[])[]>
  close(): void
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`

/**
 * Opens a CSV file (comma, semicolon or tab; UTF-8 with or without a mark, UTF-16 with one) or a Parquet file, in a DuckDB of
 * its own that is only in memory. Rows are streamed: the file may be larger than memory.
 *
 * @throws SenError SEN_INPUT_INVALID if the file cannot be read as a table.
 */
export async function openTableFile(path: string): Promise<TableFile> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  const connection = await instance.connect()
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    await connection.run('SET preserve_insertion_order = true')
    return { ...(await tableOf(connection, path)), close }
  } catch (cause) {
    close()
    throw invalid(path, cause)
  }
}

async function tableOf(connection: DuckDBConnection, path: string): Promise<Omit<TableFile, 'close'>> {
  const isParquet = ['.parquet', '.pq'].includes(extname(path).toLowerCase())
  const csv = isParquet ? undefined : await sniff(connection, path)
  const source = csv ? readCsv(path, csv.delimiter) : `read_parquet(${literal(path)})`
  const described = await (await connection.run(`DESCRIBE SELECT * FROM ${source}`)).getRowsJS()
  const columns = described.map(([name, type]) => ({ name: String(name), type: String(type) }))
  const count = isParquet ? await (await connection.run(`SELECT count(*)::DOUBLE FROM ${source}`)).getRowsJS() : []
  const select = columns.map(({ name, type }) => `coalesce(${textOf(identifier(name), type)}, '')`).join()
  return {
    heading: columns.map(({ name }) => name),
    delimiter: csv?.delimiter,
    rowCount: count[0]?.[0] === undefined ? undefined : Number(count[0][0]),
    rows: () => rowsOf(connection, `SELECT ${select} FROM ${source}`, path)
  }
}

/** Moments come with an offset, so that nobody has to guess their zone; a TIMESTAMP without one is written as it stands. */
function textOf(column: string, type: string): string {
  if (type !== 'TIMESTAMP WITH TIME ZONE') return `${column}::VARCHAR`
  // As text: a bare number of milliseconds of around 1970 could be one of seconds.
  return `strftime(make_timestamp(epoch_us(${column})), '%Y-%m-%dT%H:%M:%S.%fZ')`
}

async function sniff(connection: DuckDBConnection, path: string): Promise<{ readonly delimiter: string }> {
  const [row] = await (
    await connection.run(`SELECT Delimiter FROM sniff_csv(${literal(path)}, all_varchar = true, header = true)`)
  ).getRowsJS()
  return { delimiter: String(row?.[0] ?? ',') }
}

function readCsv(path: string, delimiter: string): string {
  return `read_csv(${literal(path)}, all_varchar = true, header = true, delim = ${literal(delimiter)}, quote = '"',
    escape = '"', null_padding = true, strict_mode = false, parallel = false, normalize_names = false)`
}

async function* rowsOf(
  connection: DuckDBConnection,
  sql: string,
  path: string
): AsyncGenerator<readonly (readonly string[])[]> {
  try {
    const result = await connection.stream(sql)
    for await (const chunk of result) yield chunk.getRows().map(row => row.map(String))
  } catch (cause) {
    throw invalid(path, cause)
  }
}

function invalid(path: string, cause: unknown): SenError {
  const [first = ''] = messageOf(cause).split('\n')
  return new SenError('SEN_INPUT_INVALID', `read ${path}: ${first}`, { cause })
}
