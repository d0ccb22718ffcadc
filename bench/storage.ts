import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noDecodeTotals } from '../model/accounting.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import type { ReadingBatch } from '../model/reading-batch.ts'
import { DuckDbSeriesStore } from '../storage/series/duckdb/duckdb-series-store.ts'
import type { Bar, Figure, Run, Subject } from './figure.ts'
import { median, quantile } from './quantile.ts'

const devices = 1000
const metrics = 5
const everyMs = 300_000
const dayMs = 86_400_000
const began = Date.UTC(2026, 0, 1)
const rowsPerWrite = 25_000

/**
 * What keeping and asking for readings costs in the DuckDB series store: CPU a point, bytes a point, three queries, start,
 * and how long writes take while long queries run. 1,000 devices × 5 metrics every 5 minutes, in order of arrival.
 */
export const storage: Subject = {
  name: 'storage',
  about: 'the series store: points in, bytes a point, three queries',
  measure: async run => {
    const folder = await mkdtemp(join(tmpdir(), 'sen-bench-storage-'))
    try {
      return await new StorageBench(run, join(folder, 'series.duckdb')).measure()
    } finally {
      await rm(folder, { recursive: true })
    }
  }
}

/** One store, filled and asked. */
class StorageBench {
  readonly #run: Run
  readonly #file: string
  readonly #points: number
  readonly #ended: number
  readonly #figures: Figure[] = []

  constructor(run: Run, file: string) {
    this.#run = run
    this.#file = file
    this.#points = Math.round(run.points / rowsPerWrite) * rowsPerWrite
    this.#ended = began + Math.ceil(this.#points / metrics / devices) * everyMs
  }

  async measure(): Promise<readonly Figure[]> {
    const written = await this.#measureWriting()
    await this.#measureStart()
    await this.#measureQueries()
    await this.#measureWritesBesideQueries(written)
    return this.#figures
  }

  /** @returns how many messages were written. */
  async #measureWriting(): Promise<number> {
    const store = await this.#open()
    let [cpuMs, wallMs, message] = [0, 0, 0]
    const timed = async <T>(work: () => Promise<T>): Promise<T> => {
      const [cpu, wall] = [cpuNowMs(), performance.now()]
      const result = await work()
      cpuMs += cpuNowMs() - cpu
      wallMs += performance.now() - wall
      return result
    }
    while (message * metrics < this.#points) {
      const batch = batchFrom(message, rowsPerWrite / metrics)
      message = batch.position
      await timed(() => store.write([batch]))
    }
    const { totals } = await timed(() => store.settle())
    await timed(() => store.stop())
    const problem =
      totals.stored === this.#points ? {} : { problem: `${totals.stored} of ${this.#points} points stored` }
    const note = `${this.#points.toLocaleString('en')} points`
    const bytes = (await stat(this.#file)).size / this.#points
    const bar = { bar: 1.5, stretch: 1, isBetter: 'smaller' } as const
    this.#add({ what: 'CPU a point stored', value: (1000 * cpuMs) / this.#points, unit: 'µs', note, ...problem })
    this.#add({ what: 'points stored a second', value: this.#points / (wallMs / 1000), unit: '/s', note, ...problem })
    this.#add({ what: 'bytes a point', value: bytes, unit: 'B', bar, note, ...problem })
    return message
  }

  async #measureStart(): Promise<void> {
    const store = this.#store()
    const wall = performance.now()
    await store.start()
    const note = 'marks and newest rows of every series read back'
    this.#add({ what: 'start of the store', value: performance.now() - wall, unit: 'ms', note })
    await store.stop()
  }

  async #measureQueries(): Promise<void> {
    const store = await this.#open()
    const ended = this.#ended
    const days = Math.min(30, Math.ceil((ended - began) / dayMs))
    const lastDay = { series: [777], from: ended - dayMs, to: ended }
    await this.#time('1 series, 24 h, rows', queryBar(10, 3), () => store.rows({ ...lastDay, limit: 1000 }))
    const hourly = { everyMs: 3_600_000, functions: ['mean'], to: ended } as const
    await this.#time(`1 series, ${days} d, hourly mean`, queryBar(30, 5), () =>
      consume(store.range({ series: [777], from: ended - days * dayMs, ...hourly }))
    )
    const oneMetric = Array.from({ length: devices }, (_, device) => 1 + device * metrics)
    const week = Math.min(7, days)
    await this.#time(`1,000 devices, 1 metric, ${week} d, hourly mean`, queryBar(120, 60), () =>
      consume(store.range({ series: oneMetric, from: ended - week * dayMs, ...hourly }))
    )
    await this.#time('newest row of 5,000 series', undefined, () => store.latest(allSeries()))
    await store.stop()
  }

  async #measureWritesBesideQueries(written: number): Promise<void> {
    const store = this.#store({ queryMs: 60_000 })
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
    const alone = await write(100)
    const caller = new AbortController()
    const from = Math.max(began, this.#ended - 7 * dayMs)
    const functions = ['mean', 'first', 'last'] as const
    const query = { series: allSeries(), from, to: this.#ended, everyMs: 3_600_000, functions }
    const askers = Array.from({ length: 4 }, async () => {
      while (!caller.signal.aborted) await consume(store.range(query, caller.signal)).catch(ignoreAbort)
    })
    const beside = await write(100)
    caller.abort()
    await Promise.all(askers)
    this.#add({ what: '5,000 rows written, p99', value: quantile(alone, 0.99), unit: 'ms' })
    this.#add({ what: 'the same beside 4 long queries, p99', value: quantile(beside, 0.99), unit: 'ms' })
    await store.stop()
  }

  /** The median of seven runs, after one that warms up. */
  async #time(what: string, bar: Bar | undefined, work: () => Promise<unknown>): Promise<void> {
    await work()
    const tookMs: number[] = []
    for (let run = 0; run < 7; run++) {
      const wall = performance.now()
      await work()
      tookMs.push(performance.now() - wall)
    }
    const note = `of ${this.#points.toLocaleString('en')} points`
    this.#add({ what, value: median(tookMs), unit: 'ms', note, ...(bar && { bar }) })
  }

  #add(figure: Figure): void {
    this.#figures.push(figure)
    this.#run.tell(`${figure.what}: ${figure.value.toPrecision(3)} ${figure.unit}`)
  }

  #store(limits: { readonly queryMs?: number } = {}): DuckDbSeriesStore {
    return new DuckDbSeriesStore({ file: this.#file, clock: systemClock, log: silentLog, limits })
  }

  async #open(): Promise<DuckDbSeriesStore> {
    const store = this.#store()
    await store.start()
    return store
  }
}

function queryBar(bar: number, stretch: number): Bar {
  return { bar, stretch, isBetter: 'smaller' }
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
    batch.series[row] = 1 + device * metrics + (row % metrics)
    batch.time[row] = began + round * everyMs + device * 300 + ((message * 7919) % 250)
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

function cpuNowMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function ignoreAbort(cause: unknown): void {
  if (!(cause instanceof DOMException)) throw cause
}
