import { readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { compare } from '../../simulators/load/compare.ts'
import type { Comparison } from '../../simulators/load/compare.ts'
import { load } from '../../simulators/load/load.ts'
import type { LoadSummary } from '../../simulators/load/load-meter.ts'
import { loadProvisioning, loadSite } from '../../simulators/load/provisioning.ts'
import type { Credential } from '../../simulators/mqtt-publisher.ts'
import { SenProcess, freePort, isAtRest } from '../sen-process.ts'
import type { Accounts, SenProcessOptions } from '../sen-process.ts'

/** `SEN_SEED` repeats a run. */
export const seed = Number(process.env['SEN_SEED'] ?? Date.now() % 1_000_000)

/** `SEN_TEST=soak`, `SEN_TEST=long`, or neither. @returns the one of the three that was asked for. */
export function extent<T>(short: T, long: T, soak: T = long): T {
  return process.env['SEN_TEST'] === 'soak' ? soak : process.env['SEN_TEST'] === 'long' ? long : short
}

/** A Sen that is ready, with the plain MQTT door on a port of its own that it keeps, and an administrator's token. */
export async function startedSen(
  options: SenProcessOptions = {}
): Promise<{ readonly sen: SenProcess; readonly token: string }> {
  const sen = await SenProcess.create({ mqttPort: await freePort(), httpPort: await freePort(), ...options })
  try {
    await sen.start()
    return { sen, token: await sen.sen('token', '--role', 'administrator') }
  } catch (error) {
    await sen.remove()
    throw error
  }
}

export interface LoadRunPlan {
  /** Begins the ids of its devices: each run on one Sen has its own. */
  readonly runId: string
  readonly sen: SenProcess
  /** An administrator's. */
  readonly token: string
  /** Messages a second of all 50 devices. Default 500. */
  readonly rate?: number
}

const devices = 50
const sites = 5

/** POST below `/api/v1`. */
export async function post(sen: SenProcess, token: string, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${sen.ready.http}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? undefined : answer.json()
}

/**
 * The base load: 50 devices of 5 sites, each with a connection of its own, 500 messages a second at QoS 1, up to 20 unacknowledged a device, until it is told to end. It
 * connects again by itself, and writes down outside of Sen what it sent and what was acknowledged.
 */
export class LoadRun {
  readonly ledgerFile: string
  readonly #plan: LoadRunPlan
  readonly #ending = new AbortController()
  readonly #loading: Promise<LoadSummary>
  readonly #late: LateUpload
  #failure: unknown

  private constructor(plan: LoadRunPlan, credentials: Readonly<Record<string, Credential>>) {
    this.#plan = plan
    this.ledgerFile = join(plan.sen.folder, '..', `${plan.runId}-${process.pid}.ledger`)
    this.#loading = load({
      url: plan.sen.ready.mqtt ?? '',
      credentials,
      ledgerFile: this.ledgerFile,
      runId: plan.runId,
      devices,
      connections: devices,
      sites,
      rate: plan.rate ?? 500,
      seed,
      drainMs: 60_000,
      signal: this.#ending.signal
    })
    this.#late = new LateUpload(plan, credentials[loadSite(plan.runId, 0)])
    this.#loading.catch((cause: unknown) => {
      this.#failure = cause
    })
  }

  /** Registers the devices with a Sen that is ready, and begins. */
  static async begin(plan: LoadRunPlan): Promise<LoadRun> {
    const { sen, token, runId } = plan
    const provisioning = loadProvisioning({ runId, devices, sites })
    await post(sen, token, '/registry', {
      changes: [
        ...provisioning.sites.map(site => ({ kind: 'site', site })),
        ...provisioning.devices.map(device => ({ kind: 'device', device })),
        { kind: 'device', device: lateDevice(runId) }
      ]
    })
    const credentials: Record<string, Credential> = {}
    for (const { id } of provisioning.sites)
      credentials[id] = (await post(sen, token, `/sites/${id}/credentials`, {})) as Credential
    return new LoadRun(plan, credentials)
  }

  /** When each acknowledgement so far came (ms since the epoch), in order. */
  get acknowledgedAt(): readonly number[] {
    if (this.#failure !== undefined) throw this.#failure
    return acknowledgementTimes(readFileSync(this.ledgerFile))
  }

  /** Waits until `count` more messages than now have been acknowledged. */
  async acknowledgedMore(count: number): Promise<void> {
    const before = this.acknowledgedAt.length
    while (this.acknowledgedAt.length < before + count) await delay(20)
  }

  /** Waits until nothing has been acknowledged for so long. */
  async silent(ms: number): Promise<void> {
    while (Date.now() - (this.acknowledgedAt.at(-1) ?? 0) < ms) await delay(20)
  }

  /** Waits until the raw log has given up its oldest segment. */
  async trimmed(): Promise<void> {
    const oldest = (): string | undefined => readdirSync(join(this.#plan.sen.folder, 'raw')).toSorted()[0]
    const before = oldest()
    while (oldest() === before) await delay(200)
  }

  /** Sends no more, and waits for the last acknowledgements. */
  async end(): Promise<LoadSummary> {
    this.#ending.abort()
    await this.#late.end()
    return this.#loading
  }

  /** Ends it, waits until Sen is at rest, and judges what Sen stored by what was acknowledged. */
  async expectKept(): Promise<Verdict> {
    const { sen, token } = this.#plan
    const summary = await this.end()
    const accounts = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    const comparison = await compare({ http: sen.ready.http, token, ledgerFile: this.ledgerFile })
    await rm(this.ledgerFile)
    expect(comparison).toMatchObject({ lost: 0, duplicated: 0, altered: 0, invented: 0, samples: [] })
    expect(comparison.acknowledged).toBe(summary.acknowledged)
    // The generator sends until it is acknowledged: nothing may be left over.
    expect(summary.acknowledged).toBe(summary.sent)
    expect(summary.acknowledged).toBeGreaterThan(0)
    await this.#late.expectKept()
    await expectBalanced(sen, token)
    return { summary, comparison, accounts }
  }
}

export interface Verdict {
  readonly summary: LoadSummary
  readonly comparison: Comparison
  readonly accounts: Accounts
}

/** Old readings, uploaded again and again by HTTP beside the load: what comes late takes another way into the store. */
class LateUpload {
  readonly #plan: LoadRunPlan
  readonly #credential: Credential | undefined
  readonly #samples: readonly { readonly ts: number; readonly seq: number }[]
  readonly #running: Promise<void>
  #isEnding = false
  #taken = 0

  constructor(plan: LoadRunPlan, credential: Credential | undefined) {
    this.#plan = plan
    this.#credential = credential
    const begin = Date.now() - 86_400_000
    this.#samples = Array.from({ length: 50 }, (_, i) => ({ ts: begin + i * 60_000, seq: i + 1 }))
    this.#running = this.#run()
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await this.#running
  }

  /** Every sample stands once, as it was sent. */
  async expectKept(): Promise<void> {
    const { sen, token, runId } = this.#plan
    expect(this.#taken).toBeGreaterThan(0)
    const { t, value } = (await sen.get(
      `/readings?device=${lateDevice(runId).id}&metric=seq&from=2020-01-01T00:00:00Z`,
      token
    )) as { readonly t: readonly string[]; readonly value: readonly number[] }
    expect(t.map(Date.parse)).toEqual(this.#samples.map(({ ts }) => ts))
    expect(value).toEqual(this.#samples.map(({ seq }) => seq))
  }

  /** Until it is to end, and at least one whole upload has been taken. */
  async #run(): Promise<void> {
    while (!this.#isEnding || this.#taken === 0) {
      if (await this.#upload().catch(() => false)) this.#taken++
      await delay(100)
    }
  }

  async #upload(): Promise<boolean> {
    const { sen, runId } = this.#plan
    const { username, password } = this.#credential ?? { username: '', password: '' }
    const { id, site } = lateDevice(runId)
    const answer = await fetch(`${sen.ready.http}/api/v1/ingest/telemetry?site=${site}&device=${id}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json'
      },
      body: JSON.stringify(this.#samples.toReversed())
    })
    return answer.ok
  }
}

function lateDevice(runId: string) {
  return { id: `${runId}-late`, name: 'Late uploads', site: loadSite(runId, 0), profile: 'load' }
}

/** Both equations hold in `/metrics`, with nothing pending. */
export async function expectBalanced(sen: SenProcess, token: string): Promise<void> {
  const figures = await metricsOf(sen, token)
  const messages = (outcome: string): number => figures.get(`sen_messages_total{outcome="${outcome}"}`) ?? NaN
  const readings = (outcome: string): number => figures.get(`sen_readings_total{outcome="${outcome}"}`) ?? NaN
  const sum = (of: (outcome: string) => number, outcomes: readonly string[]): number =>
    outcomes.reduce((all, outcome) => all + of(outcome), 0)
  expect([messages('pending'), readings('pending')]).toEqual([0, 0])
  expect(messages('received')).toBe(sum(messages, ['stored', 'event', 'duplicate', 'quarantined', 'pending']))
  expect(readings('decoded')).toBe(sum(readings, ['stored', 'duplicate', 'superseded', 'refused', 'pending']))
}

/** Prometheus' figures: name with labels → value. */
export async function metricsOf(sen: SenProcess, token: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${sen.ready.http}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const lines = (await answer.text()).matchAll(/^([a-z0-9_]+(?:\{[^}]*\})?) (\S+)$/gm)
  return new Map([...lines].map(([, name = '', value = '']) => [name, Number(value)]))
}

/** Why Sen is not ready, by reason; empty: it is. */
export async function reasonsOf(sen: SenProcess, token: string): Promise<readonly string[]> {
  const answer = await fetch(`${sen.ready.http}/readyz`, { headers: { authorization: `Bearer ${token}` } })
  const { reasons } = (await answer.json()) as { readonly reasons: readonly { readonly reason: string }[] }
  expect(answer.status).toBe(reasons.length === 0 ? 200 : 503)
  return reasons.map(({ reason }) => reason)
}

/** The ledger's format: a line of JSON, then records of 12 bytes; the highest bit of the first marks an acknowledgement. */
function acknowledgementTimes(bytes: Buffer): readonly number[] {
  const bodyAt = bytes.indexOf('\n') + 1
  if (bodyAt === 0) return []
  const { startedAt } = JSON.parse(bytes.toString('utf8', 0, bodyAt)) as { readonly startedAt: number }
  const times: number[] = []
  for (let at = bodyAt; at + 12 <= bytes.length; at += 12)
    if (bytes.readUInt32LE(at) >= 2 ** 31) times.push(startedAt + bytes.readUInt32LE(at + 8))
  return times
}
