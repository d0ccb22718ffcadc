import type { Remote } from 'comlink'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { loadAllProfiles } from '../../devices/profiles/load-profiles.ts'
import { ProfileCatalogue } from '../../devices/profiles/profile-catalogue.ts'
import { proveNewProfiles } from '../../devices/profiles/prove-profiles.ts'
import { Decoder } from '../../ingest/decode/decoder.ts'
import { SeriesDirectory } from '../../ingest/decode/series-directory.ts'
import type { Journal, JournalBatch, JournalStatus, MessageRecord } from '../../journal/journal.ts'
import { noDecodeTotals } from '../../model/accounting.ts'
import type { DecodeTotals } from '../../model/accounting.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import { failpoint } from '../../model/failpoint.ts'
import type { Position } from '../../model/position.ts'
import { qualityBits } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { decodeReadingBatch, encodeReadingBatch } from '../../model/reading-batch-format.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../model/series.ts'
import type { StorePosition } from '../../storage/series/series-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import { profilesFolder } from '../config.ts'
import type { Settings } from '../config.ts'
import { threadLog } from '../log.ts'
import { openClock } from '../wire/clock.ts'
import { openCodecRuntime } from '../wire/codec-runtime.ts'
import { headOf, openReadingsJournal, rawReader } from '../wire/journals.ts'
import { RawLookup } from '../raw-lookup.ts'
import type { Survey, SurveyRequest } from '../raw-lookup.ts'
import { paced } from './paced.ts'
import { connect, serve } from './rpc.ts'
import { untilDone } from './until-done.ts'

/** What the work thread is given. */
export interface WorkThreadData {
  readonly settings: Settings
  readonly rawHead: SharedArrayBuffer
  /** Line to the state store. */
  readonly state: MessagePort
  readonly events: MessagePort
}

/** What the work thread says without being asked. */
export type WorkEvent =
  | { readonly kind: 'series'; readonly series: readonly SeriesDefinition[] }
  | { readonly kind: 'commit'; readonly position: Position }
  | { readonly kind: 'damage'; readonly detail: string }
  /** Readings whose device gave a time that is not believed. */
  | { readonly kind: 'times-refused'; readonly count: number }
  | { readonly kind: 'quarantined'; readonly reasons: Readonly<Record<string, number>> }
  /** A part of decoding again is done. */
  | { readonly kind: 'redecoded'; readonly began: Position; readonly to: Position }
  | { readonly kind: 'trouble'; readonly detail: string | undefined }

/** A reading waits at most this long to be decoded and checked: alarms follow from it. */
const pace = { intervalMs: 10, enoughBytes: 128 * 1024 }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

type Kept = Pick<JournalStatus, 'first' | 'trimmed'>

/** Where decode begins, and what it had done by then. */
interface Resume {
  readonly position: Position
  readonly dedupFrom: Position
  readonly totals: DecodeTotals
}

/** What the work thread serves: it follows `raw`, decodes, and appends to `readings`. */
export class WorkService {
  readonly #stopping = new AbortController()
  #readings: Journal | undefined
  #decoding: Promise<void> = Promise.resolve()
  #end: () => Promise<void> = async () => undefined
  #registry = new RegistrySnapshot()
  readonly #lookup = new RawLookup(
    rawReader(settings, rawHead, () => undefined),
    hardware => this.#registry.deviceOf(hardware)?.device
  )

  /**
   * Finds where decode left off and goes on from there.
   *
   * @param store - where the series store stands: what it does not have must be (made) readable for it.
   * @param quarantine - where the quarantine index stands.
   * @param raw - what the raw log still has.
   * @returns the head of the `readings` log, for its readers.
   */
  async start(store: StorePosition, quarantine: Position, raw: Kept): Promise<SharedArrayBuffer> {
    const readings = openReadingsJournal(settings, clock, log)
    const recovery = await readings.start()
    if (recovery.cutBytes > 0) log.warn({ ...recovery }, 'Readings log cut back; it is decoded again from the raw log')
    for (const name of ['store', 'quarantine', 'health', 'rules', 'derived']) readings.reader(name)
    this.#readings = readings
    const resume = await resumeOf(readings, store, quarantine, raw)
    const decoder = await this.#decoder(resume)
    await this.#remember(decoder, resume)
    log.info({ position: resume.position }, 'Decoding goes on')
    this.#decoding = this.#decode(decoder, resume.position)
    return headOf(readings)
  }

  /** A reader of `readings` in another thread needs nothing at or before `position` any more. */
  commit(reader: string, position: Position): void {
    if (this.#stopping.signal.aborted) return
    this.#readings?.commit(reader, position)
    this.#readings?.trim({ keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 }).catch((cause: unknown) => {
      log.warn({ cause }, 'Readings log was not trimmed; it is tried again')
    })
  }

  /** See `RawLookup`. */
  survey(request: SurveyRequest): Promise<Survey> {
    return this.#lookup.survey(request)
  }

  firstFrom(at: number, first: Position, last: Position): Promise<Position> {
    return this.#lookup.firstFrom(at, first, last)
  }

  receivedAt(position: Position, last: Position): Promise<number> {
    return this.#lookup.receivedAt(position, last)
  }

  message(position: Position): Promise<(MessageRecord & { readonly position: Position }) | undefined> {
    return this.#lookup.message(position)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#decoding
    await this.#end()
    await this.#readings?.stop()
  }

  async #decoder(resume: Resume): Promise<Decoder> {
    const state = connect<StateStore>((workerData as WorkThreadData).state)
    const codecs = openCodecRuntime(log)
    const [profiles, registry, known] = await Promise.all([
      codecs.start().then(async () => proveNewProfiles(await loadAllProfiles(profilesFolder(settings)), codecs)),
      state.registryAt(resume.position),
      state.series()
    ])
    this.#end = () => codecs.stop()
    this.#registry = new RegistrySnapshot(registry)
    return new Decoder({
      registry: this.#registry,
      profiles: new ProfileCatalogue(profiles, this.#registry.profiles.values()),
      codecs,
      series: new SeriesDirectory(known, keys => this.#allocate(state, keys)),
      totals: resume.totals,
      reread: (after, to) => this.#lookup.records(after, to),
      window: { pastMs: settings.SEN_TIME_PAST_DAYS * dayMs, futureMs: settings.SEN_TIME_FUTURE_HOURS * hourMs }
    })
  }

  async #allocate(state: Remote<StateStore>, keys: readonly SeriesKey[]): Promise<readonly SeriesId[]> {
    const ids = await untilDone(() => state.allocateSeries(keys), { signal: this.#stopping.signal, onTrouble: tell })
    if (!ids) throw new SenError('SEN_STATE_FAILED', 'allocate series: Sen stops')
    return ids
  }

  /** Shows the decoder again what it must remember of the time before its position. */
  async #remember(decoder: Decoder, resume: Resume): Promise<void> {
    if (resume.dedupFrom >= resume.position) return
    const enough = new AbortController()
    for await (const { records } of rawReader(settings, rawHead, () => undefined).read(
      resume.dedupFrom,
      enough.signal
    )) {
      decoder.remember(records.filter(({ position }) => position <= resume.position))
      if ((records.at(-1)?.position ?? 0) >= resume.position) enough.abort()
    }
  }

  async #decode(decoder: Decoder, from: Position): Promise<void> {
    const reader = rawReader(settings, rawHead, position => {
      post({ kind: 'commit', position })
    })
    const { signal } = this.#stopping
    for await (const batch of paced(reader.read(from, signal), pace, signal)) {
      reportDamage(batch)
      for await (const { readings, newSeries } of decoder.decode(batch.records)) {
        if (signal.aborted) return
        if (newSeries.length > 0) post({ kind: 'series', series: newSeries })
        reportQuarantine(readings)
        reportTimes(readings)
        failpoint(readings.redecoded ? 'redecoded' : 'decoded')
        await this.#append(readings)
        if (readings.redecoded) post({ kind: 'redecoded', began: readings.redecoded.began, to: readings.redecoded.to })
        reader.commit(readings.dedupFrom)
      }
    }
  }

  /** A full disk is waited for; the messages are safe in the raw log. */
  async #append(readings: ReadingBatch): Promise<void> {
    const body = encodeReadingBatch(readings)
    const record = { kind: 'batch', receivedAt: clock.now(), position: readings.position, body } as const
    await untilDone(async () => this.#readings?.append([record]), { signal: this.#stopping.signal, onTrouble: tell })
  }
}

/**
 * Decode goes on where its own log ends. If the series store is behind what that log still holds (it was deleted), the log
 * is written again from the store's place, or from the beginning.
 */
async function resumeOf(
  readings: Journal,
  store: StorePosition,
  quarantine: Position,
  { first: oldest, trimmed }: Kept
): Promise<Resume> {
  // What the raw log has given up is decoded no more: it is left out of the accounts, which begin anew behind it.
  const fromOldest = { ...noDecodeTotals, ...(trimmed > 0 && { trimmed }) }
  const { first } = readings.status()
  if (Math.min(store.position, quarantine) < first - 1) {
    const wanted = quarantine < store.position ? 0 : store.position
    const totals = wanted === 0 ? fromOldest : store.decodeTotals
    const position = Math.max(wanted, oldest - 1)
    if (position > wanted && wanted > 0) {
      log.error({ from: wanted, oldest }, 'The raw log no longer has all that the series store lacks')
    }
    log.warn(
      { from: position },
      'Readings are decoded again from the raw log, because a store is behind the readings log'
    )
    await readings.reset(position)
    return { position, dedupFrom: oldest - 1, totals }
  }
  const last = await readings.last()
  if (last?.kind !== 'batch') {
    // Empty, after a reset or a loss: what had been done is known for the store's place and for the beginning only.
    const position = first - 1 === store.position ? store.position : 0
    return { position, dedupFrom: oldest - 1, totals: position === 0 ? fromOldest : store.decodeTotals }
  }
  const { position, dedupFrom, totals } = decodeReadingBatch(last.body)
  return { position, dedupFrom, totals }
}

function reportDamage({ damage }: JournalBatch): void {
  if (!damage) return
  log.error({ ...damage }, 'Raw log is damaged: messages were lost')
  post({ kind: 'damage', detail: `records ${damage.from} to ${damage.to} of ${damage.file} cannot be read` })
}

function reportQuarantine({ quarantined, redecoded }: ReadingBatch): void {
  // What is decoded again was counted when it came.
  if (quarantined.length === 0 || redecoded) return
  const reasons: Record<string, number> = {}
  for (const { reason } of quarantined) reasons[reason] = (reasons[reason] ?? 0) + 1
  post({ kind: 'quarantined', reasons })
}

function reportTimes({ quality, length }: ReadingBatch): void {
  let count = 0
  for (let row = 0; row < length; row++) if (((quality[row] ?? 0) & qualityBits['receive-time']) !== 0) count++
  if (count > 0) post({ kind: 'times-refused', count })
}

function tell(cause: unknown): void {
  // Nothing more can be appended to a log whose sync failed: the process begins anew.
  if (cause instanceof SenError && cause.code === 'SEN_JOURNAL_FAILED') throw cause
  if (cause !== undefined) log.error({ cause }, 'Decoding waits; it is tried again')
  post({ kind: 'trouble', detail: cause === undefined ? undefined : messageOf(cause) })
}

function post(event: WorkEvent): void {
  events.postMessage(event)
}

if (!parentPort) throw new Error('start work thread: it is a worker')
const { settings, rawHead, events } = workerData as WorkThreadData
const log = threadLog('work', settings)
const clock = openClock(settings)
serve(new WorkService(), parentPort)
