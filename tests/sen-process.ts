import { spawn, execFile } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const program = fileURLToPath(new URL('../server/cli/main.ts', import.meta.url))

/** The line that ends start-up. */
export interface Ready {
  readonly ready: true
  readonly http: string
  readonly https?: string
  readonly mqtt?: string
  readonly mqtts?: string
  readonly mqttWs?: string
  readonly mqttWss?: string
  readonly trialFingerprint?: string
  /** Of the process that does the work; the one that was started looks after it. */
  readonly pid: number
}

export interface SenProcessOptions {
  /** `serve`, or `start` with its options. */
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Words before the program: what starts it, for example `fiu-run -x`. */
  readonly under?: readonly string[]
  /** An existing empty folder for its data; else a new one. */
  readonly folder?: string
  /** Fixed ports, for what reconnects; else any free port. */
  readonly httpPort?: number
  readonly mqttPort?: number
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A real Sen: the program in processes of its own, on a temporary data folder that outlives its restarts. */
export class SenProcess {
  readonly folder: string
  readonly #options: SenProcessOptions
  readonly #ready: Ready[] = []
  #child: ChildProcess | undefined
  #ended: Promise<Ending> = Promise.resolve({ code: null, signal: null })
  #output = ''

  private constructor(folder: string, options: SenProcessOptions) {
    this.folder = folder
    this.#options = options
  }

  static async create(options: SenProcessOptions = {}): Promise<SenProcess> {
    return new SenProcess(options.folder ?? (await mkdtemp(join(tmpdir(), 'sen-test-'))), options)
  }

  /** The newest start's addresses. */
  get ready(): Ready {
    const last = this.#ready.at(-1)
    if (!last) throw new Error(`Sen has not become ready:\n${this.#output}`)
    return last
  }

  /** Everything it wrote, logs included. */
  get output(): string {
    return this.#output
  }

  /** Starts it and waits until it is ready. @param environment - for this start only. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<Ready> {
    const count = this.#ready.length
    this.begin(environment)
    await this.restarted(count)
    return this.ready
  }

  /** Starts it. @param environment - for this start only. */
  begin(environment: Readonly<Record<string, string>> = {}): void {
    const words = [process.execPath, program, ...(this.#options.command ?? ['serve'])]
    const [command = '', ...args] = [...(this.#options.under ?? []), ...words]
    const child = spawn(command, args, {
      env: { ...this.#environment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a terminal or a service manager gives it.
      detached: true
    })
    this.#child = child
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    createInterface({ input: child.stdout }).on('line', line => {
      this.#output += `${line}\n`
      if (line.startsWith('{"ready"')) this.#ready.push(JSON.parse(line) as Ready)
    })
    this.#ended = new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal })))
  }

  /** Tells the process that was started to read its certificates again, as a service manager does. */
  reload(): void {
    this.#child?.kill('SIGHUP')
  }

  /** How the process that was started ended, once it has. */
  async ended(): Promise<Ending> {
    return this.#ended
  }

  /** How often it has become ready. */
  get starts(): number {
    return this.#ready.length
  }

  /** Waits until it has become ready more than `count` times. */
  async restarted(count: number): Promise<void> {
    while (this.#ready.length <= count) {
      if (hasEnded(this.#child)) throw new Error(`Sen ended with ${this.#child?.exitCode}:\n${this.#output}`)
      await delay(20)
    }
  }

  /** kill -9 of the process that does the work, and waits until its parent has started it again. */
  async killAndRestart(): Promise<void> {
    const count = this.#ready.length
    process.kill(this.ready.pid, 'SIGKILL')
    await this.restarted(count)
  }

  /** kill -9 of all its processes: nothing is written any more. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || hasEnded(child)) return
    this.#child = undefined
    const group = -(child.pid ?? 0)
    process.kill(group, 'SIGKILL')
    await this.#ended
    while (isAlive(group)) await delay(10)
  }

  /** Asks all of its processes to stop, as Ctrl-C does. @returns its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    this.#child = undefined
    if (!child || hasEnded(child)) return child?.exitCode ?? null
    return new Promise(resolve => {
      child.once('exit', resolve)
      process.kill(-(child.pid ?? 0), signal)
    })
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Runs `sen …` against it. @returns standard output, without the last line break. */
  async sen(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
      env: this.#environment(),
      maxBuffer: 64 * 1024 * 1024
    })
    return stdout.replace(/\n$/, '')
  }

  /** GET below `/api/v1`. */
  async get(path: string, token: string): Promise<unknown> {
    const answer = await fetch(`${this.ready.http}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  /** Asks until the answer fits. */
  async getUntil<T>(path: string, token: string, fits: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = (await this.get(path, token)) as T
      if (fits(answer)) return answer
      await delay(50)
    }
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      SEN_DATA: this.folder,
      SEN_KEY_FILE: join(this.folder, 'key'),
      SEN_HTTP_PORT: String(this.#options.httpPort ?? 0),
      SEN_MQTT_PORT: String(this.#options.mqttPort ?? 0),
      ...this.#options.environment
    }
  }
}

/** What `GET /accounting` answers. */
export interface Accounts {
  readonly messages: Readonly<Record<'received' | 'stored' | 'event' | 'duplicate' | 'quarantined' | 'pending', number>>
  readonly readings: Readonly<Record<'decoded' | 'stored' | 'duplicate' | 'superseded' | 'refused' | 'pending', number>>
}

/** Nothing is under way: every message and reading has its outcome. */
export function isAtRest({ messages, readings }: Accounts): boolean {
  return messages.pending === 0 && readings.pending === 0
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

function hasEnded(child: ChildProcess | undefined): boolean {
  return !child || child.exitCode !== null || child.signalCode !== null
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
