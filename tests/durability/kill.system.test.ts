import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compare } from '../simulators/load/compare.ts'
import { load } from '../simulators/load/load.ts'
import { loadProvisioning } from '../simulators/load/provisioning.ts'
import type { Credential } from '../simulators/mqtt-publisher.ts'
import { between } from '../simulators/seeded-random.ts'
import { SenProcess, freePort, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/* kill -9 at random moments under 500 messages a second: nothing acknowledged is lost, doubled, altered or invented. */
const isLong = process.env['SEN_TEST'] === 'long'
const kills = isLong ? 10 : 3
const seed = Number(process.env['SEN_SEED'] ?? Date.now() % 1_000_000)
let sen: SenProcess

beforeAll(async () => {
  sen = await SenProcess.create({ mqttPort: await freePort(), httpPort: await freePort() })
  await sen.start()
}, 60_000)

afterAll(async () => {
  await sen.remove()
})

it(`loses nothing it acknowledged, through ${kills} times kill -9 (seed ${seed})`, { timeout: 300_000 }, async () => {
  const token = await sen.sen('token', '--role', 'administrator')
  const plan = { runId: 'kill', devices: 50, sites: 5 }
  const { sites, devices } = loadProvisioning(plan)
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${sen.ready.http}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    return answer.status === 204 ? undefined : answer.json()
  }
  await post('/registry', {
    changes: [...sites.map(site => ({ kind: 'site', site })), ...devices.map(device => ({ kind: 'device', device }))]
  })
  const credentials: Record<string, Credential> = {}
  for (const { id } of sites) credentials[id] = (await post(`/sites/${id}/credentials`, {})) as Credential

  const ledgerFile = join(sen.folder, '..', `sen-kill-${process.pid}.ledger`)
  const ending = new AbortController()
  const loading = load({
    url: sen.ready.mqtt ?? '',
    credentials,
    ledgerFile,
    runId: plan.runId,
    devices: plan.devices,
    connections: plan.sites,
    rate: 500,
    seed,
    signal: ending.signal
  })
  for (let k = 0; k < kills; k++) {
    await delay(between(1000, 4000, seed, k))
    await sen.killAndRestart()
  }
  await delay(1000)
  ending.abort()
  const summary = await loading
  expect(summary.acknowledged).toBe(summary.sent)
  const accounts = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
  const comparison = await compare({ http: sen.ready.http, token, ledgerFile })
  await rm(ledgerFile)
  expect(comparison).toMatchObject({
    lost: 0,
    duplicated: 0,
    altered: 0,
    invented: 0,
    acknowledged: summary.acknowledged
  })
  expect(accounts.messages.quarantined).toBe(0)
  expect(accounts.messages.received).toBe(accounts.messages.stored + accounts.messages.duplicate)
})
