import { Worker } from 'node:worker_threads'
import { SenError } from '../../model/errors.ts'
import { codecLimits, heartbeatBytes, heartbeatCell } from './codec-messages.ts'
import type { RunMessage, ThreadData, ThreadReply } from './codec-messages.ts'

const watchEveryMs = 8

/** How a run ended. After anything but `answers` the thread is gone; `call` is the index of the call that ran then. */
export type RunOutcome =
  | { readonly kind: 'answers'; readonly answers: readonly string[] }
  | { readonly kind: 'stuck'; readonly call: number }
  | { readonly kind: 'died'; readonly call: number | undefined; readonly cause: unknown }

/**
 * One worker thread that runs codecs, and the watch over it: a call that takes more than its limit ends the thread.
 * One run at a time.
 *
 * The limit is one of processor time, which Node reads even while the thread runs without end: on a starved machine a call that
 * waits for its turn is not taken for one that loops.
 */
export class CodecThread {
  readonly #worker: Worker
  readonly #beat: Int32Array
  /** Ids of the codecs whose source the thread has. */
  readonly sourcesSent = new Set<string>()
  #settle: ((outcome: RunOutcome) => void) | undefined
  #death: { readonly cause: unknown } | undefined

  private constructor(wasm: WebAssembly.Module) {
    const heartbeat = new SharedArrayBuffer(heartbeatBytes)
    this.#beat = new Int32Array(heartbeat)
    const workerData: ThreadData = { wasm, heartbeat }
    this.#worker = new Worker(new URL('./codec-worker.ts', import.meta.url), {
      name: 'codec',
      workerData,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 128 }
    })
  }

  /** @throws SenError `SEN_THREAD_DIED` if the thread ends before it is ready. */
  static async start(wasm: WebAssembly.Module): Promise<CodecThread> {
    const thread = new CodecThread(wasm)
    await thread.#ready()
    return thread
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      let cause: unknown
      this.#worker.on('error', error => {
        cause = error
      })
      this.#worker.on('exit', code => {
        const died = cause ?? new Error(`exit code ${code}`)
        reject(new SenError('SEN_THREAD_DIED', `start codec thread: ${String(died)}`, { cause: died }))
        this.#death = { cause: died }
        this.#finish({ kind: 'died', call: this.#runningCall(), cause: died })
      })
      this.#worker.on('message', (reply: ThreadReply) => {
        if (reply.kind === 'ready') resolve()
        else this.#finish({ kind: 'answers', answers: reply.answers })
      })
    })
  }

  run(message: RunMessage): Promise<RunOutcome> {
    if (this.#death) return Promise.resolve({ kind: 'died', call: undefined, cause: this.#death.cause })
    return new Promise(resolve => {
      const stopWatch = this.#watch()
      this.#settle = outcome => {
        stopWatch()
        resolve(outcome)
      }
      this.#worker.postMessage(message)
    })
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #finish(outcome: RunOutcome): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(outcome)
  }

  #runningCall(): number | undefined {
    const isRunning = Atomics.load(this.#beat, heartbeatCell.count) % 2 !== 0
    return isRunning ? Atomics.load(this.#beat, heartbeatCell.call) : undefined
  }

  /** @returns how to end the watch. */
  #watch(): () => void {
    let seen: Look = { count: -1, since: 0, cpuMs: undefined }
    const timer = setInterval(() => {
      const count = Atomics.load(this.#beat, heartbeatCell.count)
      const now = performance.now()
      if (count !== seen.count) {
        seen = { count, since: now, cpuMs: undefined }
        return
      }
      if (count % 2 === 0) return
      if (now - seen.since > codecLimits.wallMs) this.#end(seen)
      else this.#compareCpu(seen)
    }, watchEveryMs)
    return () => clearInterval(timer)
  }

  #compareCpu(look: Look): void {
    const compare = ({ user, system }: NodeJS.CpuUsage): void => {
      const cpuMs = (user + system) / 1000
      look.cpuMs ??= cpuMs
      if (cpuMs - look.cpuMs >= codecLimits.threadCpuMs) this.#end(look)
    }
    // It rejects only for a thread that has ended, which 'exit' tells as well.
    this.#worker.cpuUsage().then(compare, () => undefined)
  }

  #end(look: Look): void {
    const call = this.#runningCall()
    if (call === undefined || Atomics.load(this.#beat, heartbeatCell.count) !== look.count) return
    this.#finish({ kind: 'stuck', call })
    void this.#worker.terminate()
  }
}

/** A call that the watch has seen running: the heartbeat's count, since when (ms), and the thread's processor time then. */
interface Look {
  readonly count: number
  readonly since: number
  cpuMs: number | undefined
}
