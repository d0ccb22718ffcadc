import type { CodecPurpose } from './codec-runtime.ts'

/** What one call may cost. The first two are met inside the sandbox, the third from outside by ending the thread. */
export const codecLimits = {
  /** Processor time after which QuickJS is asked to stop, ms. It obeys between bytecodes, not inside a native builtin. */
  cpuMs: 40,
  /** Pages of 64 KiB that a codec's WASM memory may grow to: 32 MiB. */
  memoryPages: 512,
  /**
   * Processor time after which the thread is ended, ms, counted by the watch from its second look at a call (at most 16 ms
   * after it began): on a machine that is not overloaded a call ends within 100 ms.
   */
  threadCpuMs: 45,
  /** Wall time after which the thread is ended in any case, ms. */
  wallMs: 1000,
  /** QuickJS's stack, bytes. */
  stackBytes: 256 * 1024,
  /** Longest answer, characters of JSON. */
  outputLength: 256 * 1024,
  /** Contexts kept warm; the one unused for longest goes first. */
  warmContexts: 32
} as const

/** One run as it crosses to the thread. `source` is there only when the thread has not been sent it before. */
export interface RunMessage {
  /** Forget all sources sent so far: bounds what the thread keeps. */
  readonly forgetSources: boolean
  readonly codecs: readonly { readonly id: string; readonly source: string | undefined; readonly isStateful: boolean }[]
  /** `codec` is an index into `codecs`; `input` is JSON. */
  readonly calls: readonly {
    readonly codec: number
    readonly function: CodecPurpose
    readonly input: string
  }[]
}

/** What the thread is given at its start. */
export interface ThreadData {
  readonly wasm: WebAssembly.Module
  readonly heartbeat: SharedArrayBuffer
}

export type ThreadReply = { readonly kind: 'ready' } | { readonly kind: 'answers'; readonly answers: readonly string[] }

/**
 * An answer is text: this first character, then JSON (`json`), JSON with marked numbers (`marked`, see `codec-output.ts`)
 * or a message (`error`); nothing follows the others.
 */
export const answerTag = {
  json: 'J',
  marked: 'N',
  error: 'E',
  memory: 'M',
  timeout: 'T',
  suspended: 'S'
} as const

/** Cells of the shared heartbeat: a count that is odd while a call runs, and that call's index in the run. */
export const heartbeatCell = { count: 0, call: 1 } as const
export const heartbeatBytes = 8
