import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import { decodeReadingBatch } from '../../model/reading-batch-format.ts'
import type { SeriesId } from '../../model/series.ts'
import type {
  LatestRows,
  RangeQuery,
  RowsPage,
  RowsQuery,
  SeriesStore,
  StorePosition
} from '../../storage/series/series-store.ts'
import type { Settings } from '../config.ts'
import { threadLog } from '../log.ts'
import { bucketsAnswer, rowsAnswer } from '../readings-answer.ts'
import type { SeriesHead } from '../readings-answer.ts'
import { openClock } from '../wire/clock.ts'
import { readingsReader } from '../wire/journals.ts'
import { openSeriesStore } from '../wire/series-store.ts'
import { paced } from './paced.ts'
import { goBehindOthers } from './priority.ts'
import { handedOver, serve } from './rpc.ts'
import { untilDone } from './until-done.ts'

/** What the store thread is given. */
export interface StoreThreadData {
  readonly settings: Settings
  /** Lines to other threads that ask. */
  readonly lines: readonly MessagePort[]
  readonly events: MessagePort
}

/** What the store thread says without being asked. */
export type StoreEvent =
  | { readonly kind: 'live'; readonly rows: LatestRows }
  | { readonly kind: 'commit'; readonly position: number }
  | { readonly kind: 'trouble'; readonly detail: string | undefined }

/** Pushes to the console at most this often, ms. */
const liveEveryMs = 250
/** A reading waits at most this long to be stored: one transaction for all that came meanwhile. */
const pace = { intervalMs: 200, enoughBytes: 256 * 1024 }

type ScanQuery = Parameters<SeriesStore['scan']>[0]

interface Scan {
  readonly pages: AsyncIterator<RowsPage>
  readonly ending: AbortController
  timer: NodeJS.Timeout
}

const mostScans = 4
const scanPatienceMs = 60_000

/** What the store thread serves: it follows the `readings` log, and answers questions beside. */
export class StoreService {
  readonly #store: SeriesStore
  readonly #stopping = new AbortController()
  readonly #changed = new Set<SeriesId>()
  #position: StorePosition | undefined
  #following: Promise<void> = Promise.resolve()
  #live: NodeJS.Timeout | undefined
  readonly #scans = new Map<number, Scan>()
  #lastScan = 0

  constructor(store: SeriesStore) {
    this.#store = store
  }

  async start(): Promise<StorePosition> {
    this.#position = await this.#store.start()
    return this.#position
  }

  /** Serves one thread more, until it closes its end. */
  addLine(port: MessagePort): void {
    serve(this, port)
  }

  follow(head: SharedArrayBuffer): void {
    this.#following = this.#follow(head)
  }

  async position(): Promise<StorePosition | undefined> {
    return this.#position
  }

  /** Says whether anybody wants live readings. */
  watch(isWanted: boolean): void {
    clearInterval(this.#live)
    this.#changed.clear()
    if (!isWanted) {
      this.#live = undefined
      return
    }
    this.#live = setInterval(() => {
      this.#pushLive().catch((cause: unknown) => {
        log.warn({ cause }, 'Live readings were not pushed')
      })
    }, liveEveryMs)
  }

  latest(series: readonly SeriesId[]): Promise<LatestRows> {
    return this.#store.latest(series)
  }

  async range(query: RangeQuery, heads: readonly SeriesHead[], isAlone: boolean): Promise<Uint8Array> {
    return bytesOf(bucketsAnswer(await Array.fromAsync(this.#store.range(query)), heads, isAlone))
  }

  async rows(query: RowsQuery, heads: readonly SeriesHead[]): Promise<Uint8Array> {
    return bytesOf(rowsAnswer(await this.#store.rows(query), heads))
  }

  /** Rows as they stand, for other threads. */
  readPage(query: RowsQuery): Promise<RowsPage> {
    return this.#store.rows(query)
  }

  /**
   * Begins to read every row of a query, for exports of any size.
   *
   * @returns its number for `nextPage`. One that nobody asks on for a minute ends by itself.
   */
  openScan(query: ScanQuery): number {
    if (this.#scans.size >= mostScans) {
      throw new SenError('SEN_OVERLOADED', `export readings: ${mostScans} exports run already; try again later`)
    }
    const id = ++this.#lastScan
    const ending = new AbortController()
    const pages = this.#store.scan(query, ending.signal)[Symbol.asyncIterator]()
    this.#scans.set(id, { pages, ending, timer: this.#scanTimer(id) })
    return id
  }

  /** @returns the next page, or `undefined` at the end. */
  async nextPage(id: number): Promise<RowsPage | undefined> {
    const scan = this.#scans.get(id)
    if (!scan) throw new SenError('SEN_NOT_FOUND', `export readings: export ${id} has ended`)
    clearTimeout(scan.timer)
    const { done, value } = await scan.pages.next().catch((cause: unknown) => {
      this.endScan(id)
      throw cause
    })
    if (done === true) {
      this.#scans.delete(id)
      return undefined
    }
    scan.timer = this.#scanTimer(id)
    return value
  }

  /** The asker has gone. */
  endScan(id: number): void {
    const scan = this.#scans.get(id)
    if (!scan) return
    clearTimeout(scan.timer)
    this.#scans.delete(id)
    scan.ending.abort()
  }

  #scanTimer(id: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.endScan(id)
    }, scanPatienceMs).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#live)
    for (const id of this.#scans.keys()) this.endScan(id)
    this.#stopping.abort()
    await this.#following
    await this.#store.stop()
  }

  async #follow(head: SharedArrayBuffer): Promise<void> {
    const reader = readingsReader(settings, head, position => {
      post({ kind: 'commit', position })
    })
    const from = this.#position?.position ?? 0
    const { signal } = this.#stopping
    for await (const { records } of paced(reader.read(from, signal), pace, signal)) {
      const batches = records.flatMap(record => (record.kind === 'batch' ? decodeReadingBatch(record.body) : []))
      await this.#write(batches)
      if (this.#live) this.#note(batches)
      reader.commit(this.#position?.position ?? from)
    }
  }

  /** A store that cannot write (a full disk) is tried again; the readings wait in their log. */
  async #write(batches: readonly ReadingBatch[]): Promise<void> {
    await untilDone(
      async () => {
        this.#position = await this.#store.write(batches)
      },
      { signal: this.#stopping.signal, onTrouble: tell }
    )
  }

  #note(batches: readonly ReadingBatch[]): void {
    for (const batch of batches) {
      for (let row = 0; row < batch.length; row++) this.#changed.add(batch.series[row] ?? 0)
    }
  }

  async #pushLive(): Promise<void> {
    if (this.#changed.size === 0) return
    const series = [...this.#changed]
    this.#changed.clear()
    post({ kind: 'live', rows: await this.#store.latest(series) })
  }
}

if (!parentPort) throw new Error('start store thread: it is a worker')
// Long answers are written here: whoever waits for PUBACK does not wait for them.
goBehindOthers()
const { settings, lines, events } = workerData as StoreThreadData
const log = threadLog('store', settings)

function tell(cause: unknown): void {
  if (cause !== undefined) log.error({ cause }, 'Series store did not take readings; it is tried again')
  post({ kind: 'trouble', detail: cause === undefined ? undefined : messageOf(cause) })
}

/** Handed over, not copied. */
function bytesOf(text: string): Uint8Array {
  return handedOver(new TextEncoder().encode(text))
}

function post(event: StoreEvent): void {
  events.postMessage(event)
}

const service = new StoreService(openSeriesStore(settings, openClock(settings), log))
for (const port of [parentPort, ...lines]) serve(service, port)
