import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const mosquitto = '/usr/sbin/mosquitto'
const user = 'chirpstack'
const password = 'mật khẩu'

/** A real Mosquitto on a free port of this machine, for tests: keeps sessions over `stop` and `start`. */
export class MosquittoProcess {
  readonly port: number
  readonly #folder: string
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  /** @param settings - lines of mosquitto.conf. */
  static async create(settings: readonly string[] = []): Promise<MosquittoProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'sen-mosquitto-'))
    const port = await freePort()
    const passwords = join(folder, 'passwords')
    await promisify(execFile)('mosquitto_passwd', ['-b', '-c', passwords, user, password])
    await chmod(passwords, 0o644)
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${passwords}`,
      'persistence true',
      `persistence_location ${folder}/`,
      'max_queued_messages 0',
      'log_dest stderr',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      ...settings
    ]
    await writeFile(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
    return new MosquittoProcess(port, folder)
  }

  /** Its process, once started. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Its address, credentials included, through another port if asked. */
  url(port = this.port): string {
    return `mqtt://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}`
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
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    // Mosquitto forgets a signal that comes while it starts, after it said that it runs.
    const again = setInterval(() => child.kill('SIGTERM'), 500)
    await exit
    clearInterval(again)
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
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
    const login = ['-h', '127.0.0.1', '-p', String(this.port), '-u', user, '-P', password]
    const child = spawn('mosquitto_pub', [...login, ...options], { stdio: ['pipe', 'ignore', 'inherit'] })
    child.stdin.end(input)
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`publish to ${options[1]}: mosquitto_pub ended with ${code}`)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('find a free port: no address')
  return address.port
}
