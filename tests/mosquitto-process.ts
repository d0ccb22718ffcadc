import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from './sen-process.ts'

const mosquitto = '/usr/sbin/mosquitto'

/** What clients log in with. */
export interface BrokerLogin {
  readonly username: string
  readonly password: string
}

const chirpStack: BrokerLogin = { username: 'chirpstack', password: 'mật khẩu' }

/** A real Mosquitto on a free port of this machine, for tests: keeps sessions over `stop` and `start`. */
export class MosquittoProcess {
  readonly port: number
  readonly #folder: string
  readonly #login: BrokerLogin | 'anyone'
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string, login: BrokerLogin | 'anyone') {
    this.port = port
    this.#folder = folder
    this.#login = login
  }

  /**
   * @param settings - lines of mosquitto.conf.
   * @param login - whom it lets in.
   */
  static async create(
    settings: readonly string[] = [],
    login: BrokerLogin | 'anyone' = chirpStack
  ): Promise<MosquittoProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'sen-mosquitto-'))
    const port = await freePort()
    const lines = [
      `listener ${port} 127.0.0.1`,
      ...(login === 'anyone' ? ['allow_anonymous true'] : await passwordSettings(folder, login)),
      'persistence true',
      `persistence_location ${folder}/`,
      'max_queued_messages 0',
      'log_dest stderr',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      ...settings
    ]
    await writeFile(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
    return new MosquittoProcess(port, folder, login)
  }

  /** Its process, once started. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Its address, credentials included, through another port if asked. */
  url(port = this.port, protocol: 'mqtt' | 'mqtts' = 'mqtt'): string {
    if (this.#login === 'anyone') return `${protocol}://127.0.0.1:${port}`
    const { username, password } = this.#login
    return `${protocol}://${encodeURIComponent(username)}:${encodeURIComponent(password)}@127.0.0.1:${port}`
  }

  /** Resolves once it takes connections. */
  async start(): Promise<void> {
    const child = spawn(mosquitto, ['-c', join(this.#folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    this.#process = child
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line)
      if (line.endsWith('running')) {
        child.stderr.resume()
        return
      }
    }
    throw new Error(`start mosquitto: it ended with ${lines.join('; ')}`)
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** kill -9: what it had in memory is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    // Mosquitto forgets a SIGTERM that comes while it starts, after it said that it runs.
    const again = setInterval(() => child.kill(signal), 500)
    await exit
    clearInterval(again)
  }

  /** Publishes lines, each a message, in order; resolves once the broker has taken them all. */
  async publish(topic: string, lines: readonly string[], qos = 1): Promise<void> {
    await this.#publish(['-t', topic, '-q', String(qos), '-l'], `${lines.join('\n')}\n`)
  }

  /** Publishes one message of any size. */
  async publishWhole(topic: string, payload: string): Promise<void> {
    await this.#publish(['-t', topic, '-q', '1', '-s'], payload)
  }

  async #publish(options: readonly string[], input: string): Promise<void> {
    const login = this.#login === 'anyone' ? [] : ['-u', this.#login.username, '-P', this.#login.password]
    const address = ['-h', '127.0.0.1', '-p', String(this.port), ...login]
    const child = spawn('mosquitto_pub', [...address, ...options], { stdio: ['pipe', 'ignore', 'inherit'] })
    child.stdin.end(input)
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`publish to ${options[1]}: mosquitto_pub ended with ${code}`)
  }
}

async function passwordSettings(folder: string, { username, password }: BrokerLogin): Promise<readonly string[]> {
  const file = join(folder, 'passwords')
  await promisify(execFile)('mosquitto_passwd', ['-b', '-c', file, username, password])
  await chmod(file, 0o644)
  return ['allow_anonymous false', `password_file ${file}`]
}
