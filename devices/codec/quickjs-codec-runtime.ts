import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { systemClock } from '../../model/clock.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import type { Codec, CodecCall, CodecFailure, CodecInput, CodecResult, CodecRuntime } from './codec-runtime.ts'
import { answerTag } from './codec-messages.ts'
import type { RunMessage } from './codec-messages.ts'
import { failure, resultOf } from './codec-output.ts'
import { CodecThread } from './codec-thread.ts'
import type { RunOutcome } from './codec-thread.ts'
import { Suspensions } from './suspensions.ts'
import type { SuspensionDelays } from './suspensions.ts'

/** Sources kept in the thread before it is told to forget them and is sent them anew. */
const sourcesKept = 256
const suspensionDelays: SuspensionDelays = { firstMs: 1000, longestMs: 300_000 }
/** A thread that dies outside any call, this often in one run, is not the codecs' doing. */
const deathsAllowed = 3

export interface CodecRuntimeProps {
  /** Told of each suspension: which codec, why, for how long. */
  readonly log: Pick<Log, 'warn'>
  readonly clock?: Clock
  readonly suspension?: SuspensionDelays
}

/** A call of the run at hand: its place in the results, and its input as the sandbox takes it. */
interface PendingCall {
  readonly index: number
  readonly call: CodecCall
  readonly input: string
}

/**
 * Runs codecs with QuickJS (compiled to WebAssembly) in a worker thread. Runs follow each other; the calls of one run
 * cross in one message. A thread ended for one call's sake is replaced, and the calls not at fault are made again there.
 */
export class QuickJsCodecRuntime implements CodecRuntime {
  readonly #log: CodecRuntimeProps['log']
  readonly #suspensions: Suspensions
  #wasm: WebAssembly.Module | undefined
  #thread: Promise<CodecThread> | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #isStopped = false

  constructor(props: CodecRuntimeProps) {
    this.#log = props.log
    this.#suspensions = new Suspensions(props.clock ?? systemClock, props.suspension ?? suspensionDelays)
  }

  async start(): Promise<void> {
    this.#wasm = await WebAssembly.compile(await readFile(wasmPath()))
    await this.#liveThread()
  }

  run(calls: readonly CodecCall[]): Promise<readonly CodecResult[]> {
    if (this.#isStopped) return Promise.reject(new SenError('SEN_INTERNAL', 'run codecs: the runtime is stopped'))
    const results = this.#queue.then(() => this.#runAll(calls))
    this.#queue = results.catch(() => undefined)
    return results
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#queue
    const thread = await this.#thread?.catch(() => undefined)
    this.#thread = undefined
    await thread?.stop()
  }

  async #runAll(calls: readonly CodecCall[]): Promise<readonly CodecResult[]> {
    const results: CodecResult[] = []
    let pending = this.#admit(calls, results)
    const faults = new Set<string>()
    let deaths = 0
    while (pending.length > 0) {
      const thread = await this.#liveThread()
      const outcome = await thread.run(messageOf(pending, thread.sourcesSent))
      if (outcome.kind === 'answers') {
        this.#settle(pending, outcome.answers, results)
        break
      }
      this.#replaceThread()
      if (outcome.call === undefined && ++deaths >= deathsAllowed) throw threadDied(outcome)
      pending = this.#withoutFault(pending, outcome, faults, results)
    }
    return results
  }

  /** Answers calls of suspended codecs, and those whose input is no JSON; the others are to be made. */
  #admit(calls: readonly CodecCall[], results: CodecResult[]): readonly PendingCall[] {
    const pending: PendingCall[] = []
    for (const [index, call] of calls.entries()) {
      if (this.#suspensions.isSuspended(call.codec.id)) {
        results[index] = resultOf(answerTag.suspended)
        continue
      }
      try {
        pending.push({ index, call, input: inputText(call.input) })
      } catch (error) {
        results[index] = failure('codec-error', `the input is not JSON: ${String(error)}`)
      }
    }
    return pending
  }

  #settle(pending: readonly PendingCall[], answers: readonly string[], results: CodecResult[]): void {
    for (const [place, { index, call }] of pending.entries()) {
      const result = resultOf(answers[place] ?? `${answerTag.error}no answer`)
      results[index] = result
      this.#judge(call.codec.id, result)
    }
  }

  #judge(codecId: string, result: CodecResult): void {
    const code = result.ok ? undefined : result.code
    if (code === 'codec-suspended') return
    if (code !== 'codec-timeout' && code !== 'codec-memory') return this.#suspensions.forget(codecId)
    this.#suspend(codecId, code)
  }

  #suspend(codecId: string, code: CodecFailure): void {
    const forMs = this.#suspensions.suspend(codecId)
    if (forMs > 0) this.#log.warn({ codecId, code, forMs }, 'Codec suspended')
  }

  /**
   * Settles the call that ended the thread. Calls of its codec made before it are made again (they ended well);
   * later ones wait as suspended, and so do all of them once that codec ended a second thread in this run.
   */
  #withoutFault(
    pending: readonly PendingCall[],
    outcome: Exclude<RunOutcome, { kind: 'answers' }>,
    faults: Set<string>,
    results: CodecResult[]
  ): readonly PendingCall[] {
    const guilty = outcome.call === undefined ? undefined : pending[outcome.call]
    if (guilty === undefined) return pending
    const { id } = guilty.call.codec
    const result = outcome.kind === 'stuck' ? resultOf(answerTag.timeout) : resultOf(answerTag.memory)
    results[guilty.index] = result
    this.#suspend(id, outcome.kind === 'stuck' ? 'codec-timeout' : 'codec-memory')

    const isSecondFault = faults.has(id)
    faults.add(id)
    return pending.filter(other => {
      if (other === guilty) return false
      if (other.call.codec.id !== id || (other.index < guilty.index && !isSecondFault)) return true
      results[other.index] = resultOf(answerTag.suspended)
      return false
    })
  }

  #liveThread(): Promise<CodecThread> {
    if (this.#wasm === undefined) throw new SenError('SEN_INTERNAL', 'run codecs: the runtime is not started')
    this.#thread ??= CodecThread.start(this.#wasm)
    return this.#thread
  }

  /** Begins the next thread at once, so that it is warm when it is needed. */
  #replaceThread(): void {
    this.#thread = undefined
    if (this.#isStopped) return
    const next = this.#liveThread()
    next.catch(() => {
      // Whoever asks next starts another one and hears of its failure.
      if (this.#thread === next) this.#thread = undefined
    })
  }
}

function messageOf(pending: readonly PendingCall[], sourcesSent: Set<string>): RunMessage {
  const forgetSources = sourcesSent.size >= sourcesKept
  if (forgetSources) sourcesSent.clear()
  const codecs: RunMessage['codecs'][number][] = []
  const places = new Map<Codec, number>()
  const placeOf = (codec: Codec): number => {
    const { id, source, isStateful = false } = codec
    // The caller may hold one version in several objects.
    const same = codecs.findIndex(other => other.id === id && other.isStateful === isStateful)
    if (same >= 0) return same
    const isSent = sourcesSent.has(id)
    sourcesSent.add(id)
    return codecs.push({ id, source: isSent ? undefined : source, isStateful }) - 1
  }
  const calls = pending.map(({ call, input }) => {
    const place = places.get(call.codec) ?? placeOf(call.codec)
    places.set(call.codec, place)
    return { codec: place, function: call.function, input }
  })
  return { forgetSources, codecs, calls }
}

/** The input as JSON. Text crosses to the thread cheaper than arrays, and a view of a large buffer would take all of it along. */
function inputText(input: CodecInput): string {
  if (!('bytes' in input)) return JSON.stringify(input)
  const { bytes, fPort, recvTime, variables } = input
  const time = recvTime === undefined ? '' : `,"recvTime":${JSON.stringify(recvTime)}`
  return `{"bytes":[${bytes.join(',')}],"fPort":${JSON.stringify(fPort)}${time},"variables":${JSON.stringify(variables ?? {})}}`
}

/** QuickJS comes as a package of the package that we name. */
function wasmPath(): string {
  const ownRequire = createRequire(import.meta.url)
  return createRequire(ownRequire.resolve('quickjs-emscripten')).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
}

function threadDied(outcome: RunOutcome): SenError {
  const cause = outcome.kind === 'died' ? outcome.cause : undefined
  return new SenError('SEN_THREAD_DIED', `run codecs: the codec thread died ${deathsAllowed} times: ${String(cause)}`, {
    cause
  })
}
