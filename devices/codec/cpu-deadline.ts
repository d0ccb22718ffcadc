import process from 'node:process'

/**
 * A limit on the processor time of this thread, so that a busy machine does not end a codec that was merely waiting.
 * Cheap while nothing is wrong: the clock is read on each question, the processor time only once the wall time is beyond
 * the limit. Processor time counts from the first question after `start`, which QuickJS asks within a millisecond.
 */
export class CpuDeadline {
  readonly #limitMs: number
  #wallStart: number | undefined
  #cpuStartMs = 0
  #hasFired = false

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  get hasFired(): boolean {
    return this.#hasFired
  }

  start(): void {
    this.#wallStart = undefined
    this.#hasFired = false
  }

  isOver(): boolean {
    const now = performance.now()
    if (this.#wallStart === undefined) {
      this.#wallStart = now
      this.#cpuStartMs = threadCpuMs()
      return false
    }
    if (now - this.#wallStart < this.#limitMs) return false
    this.#hasFired ||= threadCpuMs() - this.#cpuStartMs >= this.#limitMs
    return this.#hasFired
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
