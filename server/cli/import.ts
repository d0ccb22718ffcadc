import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { parse } from 'yaml'
import { SenError } from '../../model/errors.ts'
import type { Metric } from '../../model/metric.ts'
import { openTableFile } from '../../storage/series/duckdb/table-file.ts'
import type { TableFile } from '../../storage/series/duckdb/table-file.ts'
import { Gather } from '../import/gather.ts'
import type { BadCell } from '../import/gather.ts'
import { checkMapping, headingName, importMapping, mappingOfOwnExport } from '../import/mapping.ts'
import type { ImportMapping } from '../import/mapping.ts'
import { Sender } from '../import/send.ts'
import type { Sent } from '../import/send.ts'
import type { SeriesRows } from '../import/series-rows.ts'
import { withLocalApi } from './local-api.ts'
import type { LocalApi } from './local-api.ts'
import { ProgressLine } from './progress-line.ts'

interface ImportOptions {
  readonly mapping?: string
  readonly device?: string
  readonly deviceColumn?: string
  readonly time?: string
  readonly zone?: string
  readonly column: readonly string[]
  readonly metricColumn?: string
  readonly valueColumn?: string
  readonly unitColumn?: string
  readonly metric: readonly string[]
  readonly missing: readonly string[]
  readonly decimal?: string
  readonly dryRun?: boolean
  readonly skipBad?: boolean
}

/** `sen import`: the history of an old logger. */
export function commands(): readonly Command[] {
  return [importCommand()]
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

function importCommand(): Command {
  return new Command('import')
    .description("imports the history of an old logger, at the device's own times, however old; again is no harm")
    .argument('<file>', 'CSV (comma, semicolon or tab) or Parquet')
    .option('--mapping <file>', 'YAML with what the options below say')
    .option('--device <id>', 'the device that all rows belong to')
    .option('--device-column <name>', 'the column that names the device')
    .option('--time <column>', 'the column with the time; "Ngày+Giờ" joins two')
    .option('--zone <offset>', 'what times without an offset are in (default: +07:00)')
    .option('--column <name=metric:unit>', 'a column with values; the unit may be left out; repeatable', several, [])
    .option('--metric-column <name>', 'one value a row: the column that names the metric')
    .option('--value-column <name>', 'one value a row: the column with the value')
    .option('--unit-column <name>', 'one value a row: the column with its unit')
    .option('--metric <name=metric:unit>', 'one value a row: what the file calls a metric; repeatable', several, [])
    .option('--missing <text>', 'a cell that means "no value", as -999; repeatable', several, [])
    .option('--decimal <sign>', 'comma or point (default: comma where cells are divided by semicolons)')
    .option('--dry-run', 'says what would come in, and every cell that cannot be read; changes nothing')
    .option('--skip-bad', 'imports the rest where cells cannot be read')
    .addHelpText('after', 'A file of "sen export" needs no mapping. See docs/import.md.\n')
    .action(async (file: string, options: ImportOptions) => {
      process.exitCode = await withLocalApi(api => runImport(api, file, options))
    })
}

const futureMs = 3_600_000

async function runImport(api: LocalApi, path: string, options: ImportOptions): Promise<number> {
  if (!existsSync(path)) throw new SenError('SEN_NOT_FOUND', `import ${path}: there is no such file`)
  const stopping = new AbortController()
  const stop = () => {
    stopping.abort()
  }
  process.once('SIGINT', stop)
  const table = await openTableFile(path)
  try {
    const gather = await gathered(api, table, mappingOf(options, table))
    const { bad, rows, empty } = gather
    process.stderr.write(`${rows} rows, ${bad} cells that cannot be read, ${empty} without a value\n`)
    if (bad > 0 && options.dryRun !== true && options.skipBad !== true) {
      throw new SenError('SEN_INPUT_INVALID', `import ${path}: ${bad} cells cannot be read; nothing was imported`, {
        hint: 'Correct them or the mapping, or leave them out with --skip-bad. --dry-run lists all of them.'
      })
    }
    const name = `${basename(path)} sha256:${await hashOf(path)}`
    await send(api, gather.series, { name, isDryRun: options.dryRun === true, signal: stopping.signal })
    if (stopping.signal.aborted) {
      process.stderr.write('Broken off. Run the same command again: what is there already is left out.\n')
      return 130
    }
    return bad > 0 ? 1 : 0
  } finally {
    table.close()
    process.off('SIGINT', stop)
  }
}

/** Reads the whole file; bad cells go to standard output as they are met. */
async function gathered(api: LocalApi, table: TableFile, mapping: ImportMapping): Promise<Gather> {
  const { items: metrics } = (await api.call('GET', '/api/v1/metrics')) as { readonly items: readonly Metric[] }
  const { items: devices } = (await api.call('GET', '/api/v1/devices')) as {
    readonly items: readonly { readonly id: string }[]
  }
  const { now } = (await api.call('GET', '/api/v1/system')) as { readonly now?: string }
  const known = new Set(devices.map(({ id }) => id))
  const isComma = mapping.decimal === 'auto' ? table.delimiter === ';' : mapping.decimal === 'comma'
  const gather = new Gather({
    ...{ heading: table.heading, mapping },
    decimal: isComma ? 'comma' : 'point',
    metrics: new Map(metrics.map(metric => [metric.name, metric])),
    hasDevice: id => known.has(id),
    latest: (now === undefined ? Date.now() : Date.parse(now)) + futureMs,
    onBad: printBad
  })
  const progress = new ProgressLine('reading', table.rowCount)
  for await (const rows of table.rows()) {
    for (const row of rows) gather.add(row)
    progress.add(rows.length)
  }
  progress.end()
  for (const series of gather.series) series.order()
  return gather
}

function printBad({ row, column, value, rule }: BadCell): void {
  process.stdout.write(`row ${row}\t${column}\t${JSON.stringify(value)}\t${rule}\n`)
}

async function send(
  api: LocalApi,
  series: readonly SeriesRows[],
  run: { readonly name: string; readonly isDryRun: boolean; readonly signal: AbortSignal }
): Promise<void> {
  const total = series.reduce((sum, one) => sum + one.summary.rows, 0)
  const progress = new ProgressLine(run.isDryRun ? 'comparing' : 'importing', total)
  const sender = new Sender({ api, ...run, onSent: rows => progress.add(rows) })
  await sender.settle()
  const all: Sent = { added: 0, duplicate: 0, different: 0 }
  const lines: string[] = []
  for (const one of series) {
    const sent = await sender.send(one)
    lines.push(summaryLine(one, sent))
    all.added += sent.added
    all.duplicate += sent.duplicate
    all.different += sent.different
  }
  if (!run.isDryRun) await sender.settle()
  progress.end()
  process.stdout.write(lines.join(''))
  const words = run.isDryRun ? ['would be added', 'would be replaced'] : ['added', 'replaced']
  process.stderr.write(`${all.added} ${words[0]}, ${all.duplicate} there already, ${all.different} ${words[1]}\n`)
}

function summaryLine(series: SeriesRows, { added, duplicate, different }: Sent): string {
  const { device, metric, unit, rows, from, to, least, most, repeated, implausible } = series.summary
  const range = least === undefined ? '' : `${least} … ${most} ${unit}`
  const cells = [
    ...[device, metric, `${rows} rows`, new Date(from).toISOString(), new Date(to).toISOString(), range],
    `${added} new, ${duplicate} the same, ${different} different`,
    ...(repeated > 0 ? [`${repeated} repeated in the file`] : []),
    ...(implausible > 0 ? [`${implausible} implausible`] : [])
  ]
  return `${cells.join('\t')}\n`
}

function mappingOf(options: ImportOptions, { heading }: TableFile): ImportMapping {
  const columns = heading.map(headingName)
  const isUnsaid = options.mapping === undefined && options.time === undefined
  const own = isUnsaid ? mappingOfOwnExport(columns) : undefined
  const said = own ?? parsedMapping(options)
  checkMapping(said, columns)
  return said
}

function parsedMapping(options: ImportOptions): ImportMapping {
  const file = options.mapping === undefined ? {} : (parse(readFileSync(options.mapping, 'utf8')) as object)
  const { mapping: _, dryRun: __, skipBad: ___, column, metric, time, missing, ...rest } = options
  const parsed = importMapping.safeParse({
    ...file,
    ...rest,
    ...(time !== undefined && { time: time.split('+') }),
    ...(column.length > 0 && { columns: Object.fromEntries(column.map(namedMetric)) }),
    ...(metric.length > 0 && { metrics: Object.fromEntries(metric.map(namedMetric)) }),
    ...(missing.length > 0 && { missing })
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SenError('SEN_INPUT_INVALID', `import mapping: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, {
    hint: 'At least --time, --device or --device-column, and --column are needed. See docs/import.md.'
  })
}

/** `Mực nước=water_level:cm` → the name, metric and unit. */
function namedMetric(text: string): readonly [string, { readonly metric: string; readonly unit: string }] {
  const at = text.lastIndexOf('=')
  const [metric = '', unit = ''] = text.slice(at + 1).split(':')
  if (at <= 0) throw new SenError('SEN_INPUT_INVALID', `import: "${text}" must be NAME=metric or NAME=metric:unit`)
  return [headingName(text.slice(0, at)), { metric, unit }]
}

/** The beginning of the file's SHA-256: by it two imports of one file are told to be the same. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex').slice(0, 12)
}
