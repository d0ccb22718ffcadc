import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MosquittoProcess } from '../ingest/connectors/mosquitto-process.ts'
import { load } from '../simulators/load/load.ts'
import type { LoadOptions } from '../simulators/load/load.ts'
import { loadProvisioning, loadSite } from '../simulators/load/provisioning.ts'
import type { Credential } from '../simulators/mqtt-publisher.ts'
import { SenProcess, freePort, isAtRest } from '../tests/sen-process.ts'
import type { Accounts } from '../tests/sen-process.ts'

/*
 * The farm load against a whole Sen (broker, raw log with fdatasync, decode, DuckDB), generator on the same machine, and
 * against Mosquitto alone in the same run. A run counts only if every acknowledged message can be read back.
 * CPU: user and system time of the server's process until the last reading is stored, divided by messages.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    devices: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '100' },
    rates: { type: 'string', default: '5000,15000,0' }
  }
})
const plan = { devices: Number(values.devices), connections: Number(values.connections) }
const clockTicksPerS = Number(execFileSync('getconf', ['CLK_TCK']).toString())

interface Figures {
  readonly what: string
  readonly rate: string
  readonly messages: number
  readonly perS: number
  readonly serverMicros: number
  readonly generatorMicros: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** User and system time of a process so far, s. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerS
}

async function onSen(rate: number): Promise<Figures> {
  const sen = await SenProcess.create({
    mqttPort: await freePort(),
    httpPort: await freePort(),
    environment: { SEN_LOG: 'error' }
  })
  try {
    const { pid, http, mqtt = '' } = await sen.start()
    const token = await sen.sen('token', '--role', 'administrator')
    const runId = 'bench'
    const { sites, devices } = loadProvisioning({ runId, devices: plan.devices, sites: plan.connections })
    const post = async (path: string, body: unknown): Promise<unknown> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const answer = await fetch(`${http}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return answer.status === 204 ? undefined : answer.json()
    }
    await post('/registry', {
      changes: [...sites.map(site => ({ kind: 'site', site })), ...devices.map(device => ({ kind: 'device', device }))]
    })
    const credentials: Record<string, Credential> = {}
    for (const { id } of sites) credentials[id] = (await post(`/sites/${id}/credentials`, {})) as Credential
    await warmUp({ url: mqtt, credentials, runId })
    const warm = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    const before = cpuOf(pid)
    const ledgerFile = ledger()
    const summary = await load({
      url: mqtt,
      credentials,
      ledgerFile,
      runId,
      ...plan,
      rate,
      seconds: Number(values.seconds)
    })
    const accounts = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    const cpu = cpuOf(pid) - before
    const stored = accounts.readings.stored - warm.readings.stored
    if (stored !== summary.acknowledged * 6) {
      throw new Error(`${stored} readings stored of ${summary.acknowledged * 6} acknowledged`)
    }
    rmSync(ledgerFile)
    return figures('Sen', rate, summary, cpu)
  } finally {
    await sen.remove()
  }
}

async function onMosquitto(rate: number): Promise<Figures> {
  const broker = await MosquittoProcess.create(['max_inflight_messages 0'])
  await broker.start()
  try {
    const { username, password } = new URL(broker.url())
    const credential = { username, password: decodeURIComponent(password) }
    const runId = 'bench'
    const credentials = Object.fromEntries(
      Array.from({ length: plan.connections }, (_, s) => [loadSite(runId, s), credential] as const)
    )
    await warmUp({ url: `mqtt://127.0.0.1:${broker.port}`, credentials, runId })
    const before = cpuOf(broker.pid)
    const ledgerFile = ledger()
    const url = `mqtt://127.0.0.1:${broker.port}`
    const summary = await load({ url, credentials, ledgerFile, runId, ...plan, rate, seconds: Number(values.seconds) })
    rmSync(ledgerFile)
    return figures('Mosquitto alone, nothing stored', rate, summary, cpuOf(broker.pid) - before)
  } finally {
    await broker.remove()
  }
}

/** The first seconds are the compilers', and those in which every series is new. */
async function warmUp(target: Pick<LoadOptions, 'url' | 'credentials' | 'runId'>): Promise<void> {
  const ledgerFile = ledger()
  await load({ ...target, ...plan, ledgerFile, rate: 5000, seconds: 4 })
}

function ledger(): string {
  const file = join(tmpdir(), `sen-bench-${process.pid}.ledger`)
  rmSync(file, { force: true })
  return file
}

function figures(what: string, rate: number, summary: Awaited<ReturnType<typeof load>>, cpuS: number): Figures {
  return {
    what,
    rate: rate === 0 ? 'saturated' : `${rate}/s`,
    messages: summary.acknowledged,
    perS: Math.round(summary.ratePerS),
    serverMicros: Math.round((cpuS * 1e7) / summary.acknowledged) / 10,
    generatorMicros: Math.round(summary.cpuMicrosPerMessage * 10) / 10,
    p50Ms: Math.round(summary.latencyMs.p50 * 10) / 10,
    p99Ms: Math.round(summary.latencyMs.p99 * 10) / 10
  }
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.version}, commit ${commit}, ${values.seconds} s a run`
)
const rows: Figures[] = []
for (const rate of values.rates.split(',').map(Number)) {
  rows.push(await onSen(rate), await onMosquitto(rate))
}
console.table(rows)
