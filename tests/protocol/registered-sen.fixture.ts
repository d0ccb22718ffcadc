import { readFile } from 'node:fs/promises'
import { SenProcess } from '../sen-process.ts'
import type { Login } from './mutations.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A real Sen with the site `s` and these devices of the load generator's profile. */
export class RegisteredSen {
  readonly sen: SenProcess
  readonly token: string
  readonly logins: ReadonlyMap<string, Login>

  private constructor(sen: SenProcess, token: string, logins: ReadonlyMap<string, Login>) {
    this.sen = sen
    this.token = token
    this.logins = logins
  }

  static async start(
    devices: readonly string[],
    environment: Readonly<Record<string, string>> = {}
  ): Promise<RegisteredSen> {
    const sen = await SenProcess.create({ environment })
    await sen.start()
    const token = await sen.sen('token', '--role', 'administrator')
    await sen.sen('site', 'add', 's')
    const logins = new Map<string, Login>()
    const registered = new RegisteredSen(sen, token, logins)
    for (const id of devices) {
      const { status, body } = await registered.post('/devices', { id, name: id, site: 's', profile: 'load' })
      if (status !== 201) throw new Error(`add device ${id}: ${status} ${JSON.stringify(body)}`)
      logins.set(id, (body as { readonly mqtt: Login }).mqtt)
    }
    return registered
  }

  get mqttPort(): number {
    return Number(new URL(this.sen.ready.mqtt ?? '').port)
  }

  login(device: string): Login {
    const login = this.logins.get(device)
    if (!login) throw new Error(`login ${device}: it is not registered`)
    return login
  }

  async post(path: string, body: unknown): Promise<Answer> {
    const answer = await fetch(`${this.sen.ready.http}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() }
  }

  /** The value of one of Sen's own figures, 0 if it has not been counted yet. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`${this.sen.ready.http}/metrics`, { headers: { authorization: `Bearer ${this.token}` } })
    const line = (await answer.text()).split('\n').find(text => text.startsWith(`${name} `))
    return Number(line?.slice(name.length) ?? 0)
  }

  /** Stored values of one metric, in the order of their times. */
  async stored(device: string, metric: string): Promise<number[]> {
    const values: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = (await this.sen.get(`/readings?device=${device}&metric=${metric}${after}`, this.token)) as {
        readonly value: readonly number[]
        readonly cursor: string | null
      }
      values.push(...page.value)
      cursor = page.cursor
    }
    return values
  }

  /** Resident set of the process that does the work. */
  async residentMiB(): Promise<number> {
    const text = await readFile(`/proc/${this.sen.ready.pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024)
  }
}
