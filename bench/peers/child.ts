import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

const startMs = 60_000

/** A peer's program, whose output is watched. */
export class Child {
  readonly #name: string
  readonly #process: ChildProcess
  #output = ''

  constructor(name: string, command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#name = name
    const [program = '', ...words] = command
    const env = { ...process.env, ...environment }
    this.#process = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-20_000)))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output
  }

  /** Asks until the answer is yes. @throws Error if it ends first, or not within a minute. */
  async until(isReady: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + startMs
    while (!(await isReady())) {
      if (this.#process.exitCode !== null || performance.now() > deadline)
        throw new Error(`start ${this.#name}: not ready (exit code ${this.#process.exitCode})\n${this.#output}`)
      await wait(50)
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
}
