/*
 * What keeping and asking for readings costs in the DuckDB series store: CPU a point, bytes a point, three queries, start,
 * and how long writes take while long queries run. 1,000 devices × 5 metrics every 5 minutes, in order of arrival.
 *
 *   UV_THREADPOOL_SIZE=16 node bench/storage.ts [--points 4.3e6] [--rows-per-write 25000] [--late 0] [--folder DIR]
 *
 * `--points 43e6` is the full size (30 days), `--late 0.05` sends that share of the points a day late.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { version as duckDbVersion } from '@duckdb/node-api'
import { noDecodeTotals } from '../model/accounting.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import type { ReadingBatch } from '../model/reading-batch.ts'
import { DuckDbSeriesStore } from '../storage/series/duckdb/duckdb-series-store.ts'

const { values: options } = parseArgs({
  options: {
    points: { type: 'string', default: '4.3e6' },
    'rows-per-write': { type: 'string', default: '25000' },
    late: { type: 'string', default: '0' },
    folder: { type: 'string', default: tmpdir() }
  }
})
const devices = 1000
const metrics = 5
const everyMs = 300_000
const dayMs = 86_400_000
const began = Date.UTC(2026, 0, 1)
const points = Math.round(Number(options.points))
const rowsPerWrite = Math.round(Number(options['rows-per-write']) / metrics) * metrics
const lateShare = Number(options.late)
const ended = began + Math.ceil(points / metrics / devices) * everyMs

const folder = await mkdtemp(join(options.folder, 'sen-bench-storage-'))
const props = { file: join(folder, 'series.duckdb'), clock: systemClock, log: silentLog }
try {
  printMachine()
  const written = await measureWriting()
  await measureStart()
  await measureQueries()
  await measureWritesBesideQueries(written)
} finally {
  await rm(folder, { recursive: true })
}

/** @returns how many messages were written. */
async function measureWriting(): Promise<number> {
  const store = new DuckDbSeriesStore(props)
  await store.start()
  let [cpuMs, wallMs, message] = [0, 0, 0]
  for (let done = 0; done < points; done += rowsPerWrite) {
    const batch = batchFrom(message, Math.min(rowsPerWrite, points - done) / metrics)
    message = batch.position
    const [cpu, wall] = [cpuNowMs(), performance.now()]
    await store.write([batch])
    cpuMs += cpuNowMs() - cpu
    wallMs += performance.now() - wall
  }
  const [cpu, wall] = [cpuNowMs(), performance.now()]
  const { totals } = await store.settle()
  await store.stop()
  cpuMs += cpuNowMs() - cpu
  wallMs += performance.now() - wall
  if (totals.stored !== points) throw new Error(`measure writing: ${totals.stored} points stored, ${points} written`)
  const sizeBytes = (await stat(props.file)).size
  print('CPU a point in', (1000 * cpuMs) / points, 'µs', `${rowsPerWrite} rows a write, settled and closed`)
  print('points a second', points / (wallMs / 1000), '/s')
  print('bytes a point', sizeBytes / points, 'B')
  return message
}

async function measureStart(): Promise<void> {
  const store = new DuckDbSeriesStore(props)
  const wall = performance.now()
  await store.start()
  print('start', performance.now() - wall, 'ms', 'marks and newest rows of every series read back')
  await store.stop()
}

async function measureQueries(): Promise<void> {
  const store = new DuckDbSeriesStore(props)
  await store.start()
  const days = Math.min(30, Math.ceil((ended - began) / dayMs))
  const lastDay = { series: [777], from: ended - dayMs, to: ended }
  await measure('1 series, 24 h, rows', () => store.rows({ ...lastDay, limit: 1000 }))
  const hourly = { everyMs: 3_600_000, functions: ['mean'], to: ended } as const
  await measure(`1 series, ${days} d, hourly mean`, () =>
    consume(store.range({ series: [777], from: ended - days * dayMs, ...hourly }))
  )
  const oneMetric = Array.from({ length: devices }, (_, device) => 1 + device * metrics)
  const week = Math.min(7, days)
  await measure(`1,000 devices, 1 metric, ${week} d, hourly mean`, () =>
    consume(store.range({ series: oneMetric, from: ended - week * dayMs, ...hourly }))
  )
  await measure('newest row of 5,000 series', () => store.latest(allSeries()))
  await store.stop()
}

async function measureWritesBesideQueries(written: number): Promise<void> {
  const store = new DuckDbSeriesStore({ ...props, limits: { queryMs: 60_000 } })
  await store.start()
  let message = written
  const write = async (count: number): Promise<readonly number[]> => {
    const tookMs: number[] = []
    for (let index = 0; index < count; index++) {
      const batch = batchFrom(message, 1000)
      message = batch.position
      const wall = performance.now()
      await store.write([batch])
      tookMs.push(performance.now() - wall)
    }
    return tookMs
  }
  await write(20)
  printSpread('5,000 rows written, alone', await write(100))
  const caller = new AbortController()
  const query = {
    series: allSeries(),
    from: Math.max(began, ended - 7 * dayMs),
    to: ended,
    everyMs: 3_600_000,
    functions: ['mean', 'first', 'last']
  } as const
  let queries = 0
  const askers = Array.from({ length: 4 }, async () => {
    while (!caller.signal.aborted) {
      await consume(store.range(query, caller.signal)).catch(ignoreAbort)
      queries++
    }
  })
  printSpread('the same beside 4 long queries', await write(100))
  caller.abort()
  await Promise.all(askers)
  print('long queries meanwhile', queries, '')
  await store.stop()
}

/** Messages `from` + 1 to `from` + `count` as one batch: five metrics each, a device every 300 ms with a little jitter. */
function batchFrom(from: number, count: number): ReadingBatch {
  const length = count * metrics
  const batch = {
    position: from + count,
    dedupFrom: from,
    totals: noDecodeTotals,
    length,
    series: new Uint32Array(length),
    time: new Float64Array(length),
    value: new Float64Array(length),
    quality: new Uint8Array(length),
    generation: new Uint16Array(length),
    at: new Float64Array(length),
    texts: new Map<number, string>(),
    quarantined: [],
    event: undefined
  }
  for (let row = 0; row < length; row++) {
    const message = from + Math.floor(row / metrics)
    const round = Math.floor(message / devices)
    const device = message % devices
    const isLate = lateShare > 0 && (message * 7919) % 1000 < lateShare * 1000
    const jitter = (message * 7919) % 250
    batch.series[row] = 1 + device * metrics + (row % metrics)
    // A late point is a day old, at a time that no other point of its series has.
    batch.time[row] = began + round * everyMs + device * 300 + jitter - (isLate ? dayMs + 1 : 0)
    batch.value[row] = Math.round(10 * (20 + 8 * Math.sin(round / 46 + device) + (row % metrics))) / 10
    batch.at[row] = message + 1
  }
  return batch
}

function allSeries(): number[] {
  return Array.from({ length: devices * metrics }, (_, index) => index + 1)
}

async function consume(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item
}

/** Prints the median of seven runs, after one that warms up. */
async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  await work()
  const tookMs: number[] = []
  for (let run = 0; run < 7; run++) {
    const wall = performance.now()
    await work()
    tookMs.push(performance.now() - wall)
  }
  print(name, quantile(tookMs, 0.5), 'ms')
}

function printSpread(name: string, tookMs: readonly number[]): void {
  const [median, p99, most] = [0.5, 0.99, 1].map(share => quantile(tookMs, share).toFixed(1))
  console.log(`${name.padEnd(44)} median ${median} ms, p99 ${p99} ms, most ${most} ms`)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

function print(name: string, value: number, unit: string, note = ''): void {
  const shown = value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
  console.log(`${name.padEnd(44)} ${shown} ${unit}${note && `  (${note})`}`)
}

function printMachine(): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    encoding: 'utf8',
    cwd: import.meta.dirname
  }).trim()
  console.log(`${new Date().toISOString()}  commit ${commit}`)
  console.log(`${cpus()[0]?.model} × ${availableParallelism()}, ${Math.round(totalmem() / 2 ** 30)} GiB`)
  console.log(
    `Node ${process.version}, DuckDB ${duckDbVersion()}, UV_THREADPOOL_SIZE=${process.env['UV_THREADPOOL_SIZE'] ?? '(4)'}`
  )
  console.log(
    `${points.toLocaleString('en')} points, ${((ended - began) / dayMs).toFixed(1)} days, late share ${lateShare}\n`
  )
}

function cpuNowMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function ignoreAbort(cause: unknown): void {
  if (!(cause instanceof DOMException)) throw cause
}
