import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { SenProcess, isAtRest } from '../sen-process.ts'
import type { Accounts, SenProcessOptions } from '../sen-process.ts'

/** Stored rows of one series, as `GET /readings` answers them. */
export interface Rows {
  readonly metric: string | null
  readonly t: readonly string[]
  readonly value: readonly unknown[]
  readonly quality: readonly string[]
  readonly cursor: string | null
}

export interface QuarantineItem {
  readonly position: number
  readonly reason: string
  readonly device: string | undefined
  readonly topic: string
  readonly detail: string
}

export interface Login {
  readonly username: string
  readonly password: string
}

/** The site that the tests' devices stand at. */
export const site = 'ruong'

/** A real Sen with one site, `ruong`, devices on it, and the ways in and out that a gateway and an operator have. */
export class ContentSen {
  readonly process: SenProcess
  readonly token: string
  readonly login: Login
  readonly #mqtt: MqttClient

  private constructor(process: SenProcess, token: string, login: Login, mqtt: MqttClient) {
    this.process = process
    this.token = token
    this.login = login
    this.#mqtt = mqtt
  }

  /** @param devices - id → profile. */
  static async start(devices: Readonly<Record<string, string>>, options: SenProcessOptions = {}): Promise<ContentSen> {
    const process = await SenProcess.create(options)
    await process.start()
    const token = await process.sen('token', '--role', 'administrator')
    const changes = [
      { kind: 'site', site: { id: site, name: 'Ruộng', organisation: 'root' } },
      ...Object.entries(devices).map(([id, profile]) => ({
        kind: 'device',
        device: { id, name: id, site, profile }
      }))
    ]
    await postJson(process, token, '/registry', { changes })
    const login = (await postJson(process, token, `/sites/${site}/credentials`, {})) as Login
    return new ContentSen(process, token, login, await connected(process, login))
  }

  /** Publishes at QoS 1; resolves once acknowledged. */
  async publish(device: string, payload: string | Buffer | object, topic = `site/${site}/${device}/telemetry`) {
    const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload)
    await this.#mqtt.publishAsync(topic, body, { qos: 1 })
  }

  /** `POST /ingest/telemetry` with the site's credential. */
  post(device: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.http}/api/v1/ingest/telemetry?device=${device}`, {
      method: 'POST',
      headers: { authorization: basic(this.login), ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body)
    })
  }

  get http(): string {
    return this.process.ready.http
  }

  /** GET below `/api/v1`. */
  get(path: string): Promise<unknown> {
    return this.process.get(path, this.token)
  }

  postJson(path: string, body: unknown): Promise<unknown> {
    return postJson(this.process, this.token, path, body)
  }

  /** The accounts, once nothing is under way. */
  accounts(): Promise<Accounts> {
    return this.process.getUntil<Accounts>('/accounting', this.token, isAtRest)
  }

  /** Every stored row of a series since 1970, up to the year 2199. */
  async rows(
    device: string,
    metric: string,
    period = 'from=1970-01-01T00:00:00Z&to=2199-01-01T00:00:00Z'
  ): Promise<Rows> {
    return (await this.get(`/readings?device=${device}&metric=${metric}&${period}&limit=20000`)) as Rows
  }

  /** What was set aside, newest first; asked until there are as many as the accounts say. */
  async quarantine(count: number): Promise<readonly QuarantineItem[]> {
    const { items } = await this.process.getUntil<{ readonly items: readonly QuarantineItem[] }>(
      '/ingest/quarantine?limit=1000',
      this.token,
      answer => answer.items.length >= count
    )
    return items
  }

  /** A figure of `/metrics`; 0 where it was never counted. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`${this.http}/metrics`, { headers: { authorization: `Bearer ${this.token}` } })
    const line = (await answer.text()).split('\n').find(text => text.startsWith(`${name} `))
    return line === undefined ? 0 : Number(line.slice(name.length + 1))
  }

  async remove(): Promise<void> {
    await this.#mqtt.endAsync(true)
    await this.process.remove()
  }
}

/** HTTP Basic. */
export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function connected(process: SenProcess, login: Login): Promise<MqttClient> {
  return connectAsync(process.ready.mqtt ?? '', {
    ...login,
    protocolVersion: 4,
    clientId: 'content',
    reconnectPeriod: 0
  })
}

async function postJson(process: SenProcess, token: string, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${process.ready.http}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? undefined : answer.json()
}
