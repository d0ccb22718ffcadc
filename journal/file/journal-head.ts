import type { Position } from '../../model/position.ts'

/** How far the log may be read: what is durable (synced journal) or written (unsynced). */
export interface HeadState {
  /** Changes whenever the rest does; for `changed`. */
  readonly generation: number
  /** The newest readable record, `origin` if there is none. */
  readonly position: Position
  /** First position of the segment that is being written; `undefined` until the journal has started. */
  readonly segment: Position | undefined
  /** Offset in that segment's file at which the readable records end. */
  readonly endOffset: number
}

/** What is published: the state without its generation. */
export type Published = Readonly<{ position: Position; segment: Position; endOffset: number }>

const field = { position: 0, segment: 1, endOffset: 2 } as const
const numbersOffset = 8
const longestTimerMs = 2 ** 31 - 1

/**
 * The log's readable end in memory shared between threads: one writer, any number of readers, no messages.
 *
 * `generation` is odd while the numbers change, so a reader never sees two halves of different states.
 * Those who wait sleep on it (futex): an idle reader uses no CPU.
 */
export class JournalHead {
  /** Hand this to another thread and make a `JournalHead` of it there. */
  readonly shared: SharedArrayBuffer
  readonly #generation: Int32Array
  readonly #numbers: BigInt64Array

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(numbersOffset + 3 * 8)) {
    this.shared = shared
    this.#generation = new Int32Array(shared, 0, 1)
    this.#numbers = new BigInt64Array(shared, numbersOffset, 3)
  }

  /** For the one writer only. */
  publish(state: Published): void {
    Atomics.add(this.#generation, 0, 1)
    Atomics.store(this.#numbers, field.position, BigInt(state.position))
    Atomics.store(this.#numbers, field.segment, BigInt(state.segment))
    Atomics.store(this.#numbers, field.endOffset, BigInt(state.endOffset))
    Atomics.add(this.#generation, 0, 1)
    Atomics.notify(this.#generation, 0)
  }

  state(): HeadState {
    for (;;) {
      const generation = Atomics.load(this.#generation, 0)
      const position = this.#number(field.position)
      const segment = this.#number(field.segment)
      const endOffset = this.#number(field.endOffset)
      if (generation % 2 !== 0 || generation !== Atomics.load(this.#generation, 0)) continue
      return { generation, position, segment: segment === 0 ? undefined : segment, endOffset }
    }
  }

  /** Resolves once the generation is another than `seen`, or `signal` aborts; now and then for nothing. */
  async changed(seen: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const waiting = Atomics.waitAsync(this.#generation, 0, seen)
    if (!waiting.async) return
    const wake = (): void => void Atomics.notify(this.#generation, 0)
    signal.addEventListener('abort', wake)
    // Node ends a thread of which nothing but such a wait is left; a timer keeps it.
    const keptAlive = setInterval(() => undefined, longestTimerMs)
    await waiting.value
    clearInterval(keptAlive)
    signal.removeEventListener('abort', wake)
  }

  #number(index: number): number {
    return Number(Atomics.load(this.#numbers, index))
  }
}
