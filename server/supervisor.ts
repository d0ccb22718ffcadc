import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isOnTerminal } from './terminal.ts'

const program = fileURLToPath(new URL('./cli/main.ts', import.meta.url))
const delayMs = { first: 500, most: 30_000 }
/** A run this long counts as a success: the delay begins anew. */
const steadyMs = 60_000
/** The exit code of a mistake that starting again would not mend: wrong settings, a locked folder. */
export const hopelessExitCode = 78

/**
 * The small parent process: runs Sen, and runs it again with growing delay if it ends by a failure. It passes signals on,
 * and ends as Sen ends.
 */
export class Supervisor {
  readonly #arguments: readonly string[]
  #child: ChildProcess | undefined
  #isStopping = false

  constructor(args: readonly string[]) {
    this.#arguments = args
  }

  /** @returns the exit code for this process. */
  async run(): Promise<number> {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // From a service manager: read certificates again. From a terminal: it is gone.
        this.#isStopping ||= signal !== 'SIGHUP' || isOnTerminal()
        // Ctrl-C reaches the child by itself (one process group); it takes the second for the first.
        this.#child?.kill(signal)
      })
    }
    for (let waitMs = delayMs.first; ; waitMs = Math.min(waitMs * 2, delayMs.most)) {
      const startedAt = performance.now()
      const code = await this.#runOnce()
      if (this.#isStopping || code === 0 || code === hopelessExitCode) return code
      if (performance.now() - startedAt > steadyMs) waitMs = delayMs.first
      process.stderr.write(`Sen ended with code ${code}; it is started again in ${waitMs / 1000} s\n`)
      await delay(waitMs)
      if (this.#isStopping) return code
    }
  }

  #runOnce(): Promise<number> {
    // DuckDB and fdatasync share libuv's pool, whose size must stand before Node starts.
    const env = {
      UV_THREADPOOL_SIZE: '16',
      ...process.env,
      SEN_PARENT: String(process.pid)
    }
    const child = spawn(process.execPath, [program, ...this.#arguments], { stdio: 'inherit', env })
    this.#child = child
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
      })
    })
  }
}
