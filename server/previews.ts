import { randomUUID } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { ProfileCatalogue } from '../devices/profiles/profile-catalogue.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Rule } from '../model/rule.ts'
import type { WhatIfOutcome } from '../rules/replay/what-if.ts'
import type { StateStore } from '../storage/state/state-store.ts'
import { failureOf } from './preview-failure.ts'
import type { PreviewFailure } from './preview-failure.ts'
import type { PreviewEvent, PreviewThreadData } from './threads/preview-thread.ts'
import { handedOverEnd, line } from './threads/rpc.ts'

export interface PreviewsProps {
  readonly state: Pick<StateStore, 'registryAt' | 'series'>
  readonly raw: Pick<Journal, 'status'>
  readonly profiles: ProfileCatalogue
  readonly store: { addLine(port: MessagePort): Promise<void> }
  readonly clock: Clock
}

/** A rule to be tried over stored readings. */
export interface PreviewRequest {
  readonly rule: Rule
  readonly inForce: Rule | undefined
  /** ms since the epoch; `to` is not included. */
  readonly from: number
  readonly to: number
  /** Who asked, as the audit log names them: nobody else is answered. */
  readonly asker: string
}

/** A what-if under way or over. */
export interface Preview extends PreviewRequest {
  /** Tells nobody how many others there were. */
  readonly id: string
  readonly askedAt: number
  /** What is done, 0 to 1. */
  readonly share: number
  readonly readings: number
  readonly outcome: WhatIfOutcome | undefined
  readonly failure: PreviewFailure | undefined
}

interface Job {
  preview: Preview
  worker: Worker | undefined
}

/** So many wait at most. */
const mostWaiting = 8
/** So many that are over are kept, the newest. */
const mostKept = 50
const memoryMb = 1024

/** Tries rules over stored readings, one after the other, each in a thread of its own that ends with it. */
export class Previews {
  readonly #props: PreviewsProps
  readonly #jobs = new Map<string, Job>()
  #isStopped = false
  #running: Promise<void> | undefined

  constructor(props: PreviewsProps) {
    this.#props = props
  }

  /** @returns what was begun. @throws SenError `SEN_OVERLOADED` while too many wait. */
  begin(request: PreviewRequest): Preview {
    const waiting = [...this.#jobs.values()].filter(({ preview }) => !isOver(preview))
    if (waiting.length >= mostWaiting)
      throw new SenError('SEN_OVERLOADED', `try rule: ${waiting.length} others wait to be tried`, { retryAfterS: 10 })
    const id = randomUUID()
    const begun = {
      id,
      askedAt: this.#props.clock.now(),
      share: 0,
      readings: 0,
      outcome: undefined,
      failure: undefined
    }
    const preview = { ...request, ...begun }
    this.#jobs.set(id, { preview, worker: undefined })
    this.#run()
    return preview
  }

  get(id: string): Preview | undefined {
    return this.#jobs.get(id)?.preview
  }

  /** Ends it, or forgets what it found. */
  cancel(id: string): void {
    const job = this.#jobs.get(id)
    this.#jobs.delete(id)
    void job?.worker?.terminate()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { worker } of this.#jobs.values()) await worker?.terminate()
    await this.#running
  }

  #run(): void {
    if (this.#isStopped) return
    const next = [...this.#jobs.values()].find(({ preview }) => !isOver(preview))
    if (!next) return
    this.#running ??= this.#try(next).finally(() => {
      this.#running = undefined
      this.#forget()
      this.#run()
    })
  }

  async #try(job: Job): Promise<void> {
    try {
      await this.#work(job)
    } catch (cause) {
      job.preview = { ...job.preview, failure: failureOf(cause) }
    }
  }

  /** Resolves when the thread has ended, whatever it came to. */
  async #work(job: Job): Promise<void> {
    const { state, raw, profiles, store } = this.#props
    const { rule, inForce, from, to } = job.preview
    const [registry, series] = await Promise.all([state.registryAt(raw.status().last), state.series()])
    const intervals = new Map([...profiles].map(([id, { profile }]) => [id, profile.intervalS]))
    const { here, there } = line()
    await store.addLine(handedOverEnd(there))
    if (!this.#jobs.has(job.preview.id) || this.#isStopped) {
      here.close()
      return
    }
    const data: PreviewThreadData = { rule, inForce, registry, intervals, series, from, to, store: here }
    const worker = new Worker(new URL('./threads/preview-thread.ts', import.meta.url), {
      name: 'preview',
      workerData: data,
      transferList: [here],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb }
    })
    job.worker = worker
    worker.on('message', (event: PreviewEvent) => {
      job.preview = told(job.preview, event)
    })
    const ended = Promise.withResolvers<undefined>()
    worker.on('error', cause => {
      job.preview = { ...job.preview, failure: { code: 'SEN_QUERY_LIMIT', message: `try rule: ${cause.message}` } }
    })
    worker.on('exit', () => {
      ended.resolve(undefined)
    })
    await ended.promise
    job.worker = undefined
    if (!isOver(job.preview))
      job.preview = { ...job.preview, failure: { code: 'SEN_INTERNAL', message: 'try rule: its thread ended' } }
  }

  #forget(): void {
    const over = [...this.#jobs].filter(([, { preview }]) => isOver(preview))
    for (const [id] of over.slice(0, -mostKept)) this.#jobs.delete(id)
  }
}

const isOver = ({ outcome, failure }: Preview): boolean => outcome !== undefined || failure !== undefined

function told(preview: Preview, event: PreviewEvent): Preview {
  switch (event.kind) {
    case 'progress':
      return { ...preview, share: event.share, readings: event.readings }
    case 'done':
      return { ...preview, share: 1, readings: event.outcome.readings, outcome: event.outcome }
    case 'failed':
      return { ...preview, failure: event.failure }
    default:
      return event satisfies never
  }
}
