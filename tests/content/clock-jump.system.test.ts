import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FileJournal } from '../../journal/file/file-journal.ts'
import { nodeFileSystem } from '../../journal/file/node-file-system.ts'
import type { StoredRecord } from '../../journal/journal.ts'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { compare } from '../../simulators/load/compare.ts'
import { load } from '../../simulators/load/load.ts'
import { connectPacket } from '../../simulators/load/mqtt-packets.ts'
import { loadProvisioning } from '../../simulators/load/provisioning.ts'
import { freePort } from '../sen-process.ts'
import { ContentSen } from './content-sen.ts'
import type { Login } from './content-sen.ts'

/*
 * The wall clock of the running process jumps an hour back, an hour ahead and home again under load (libfaketime; the monotonic
 * clock is left alone, and so are the generator and the ledger, which live in this process).
 */
const isLong = process.env['SEN_TEST'] === 'long'
const stayMs = isLong ? 5000 : 2000
const seed = Number(process.env['SEN_SEED'] ?? Date.now() % 1_000_000)
let folder: string
let sen: ContentSen

/** The server's wall clock: this machine's, moved by so many seconds. */
const moveClock = (seconds: number) => writeFile(join(folder, 'offset'), `${seconds < 0 ? '' : '+'}${seconds}\n`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-clock-'))
  await moveClock(0)
  const environment = {
    // What the program of that name sets; it cannot take the offset from a file.
    LD_PRELOAD:
      execFileSync('find', ['/usr/lib', '-name', 'libfaketimeMT.so.1'], { encoding: 'utf8' }).split('\n')[0] ?? '',
    FAKETIME_TIMESTAMP_FILE: join(folder, 'offset'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1'
  }
  const ports = { mqttPort: await freePort(), httpPort: await freePort() }
  sen = await ContentSen.start({ 'no-clock': 'json-weather' }, { environment, ...ports })
}, 120_000)

afterAll(async () => {
  await sen.remove()
  await rm(folder, { recursive: true })
})

it(`goes on through jumps of its wall clock (seed ${seed})`, { timeout: 180_000 }, async () => {
  const halfAnHour = await sen.process.sen('token', '--role', 'viewer', '--expires', String(1 / 48))
  const loading = await startLoad()
  const patient = await connectAsync(sen.process.ready.mqtt ?? '', {
    ...sen.login,
    protocolVersion: 4,
    keepalive: 2,
    reconnectPeriod: 0
  })
  const disconnections: unknown[] = []
  patient.on('close', () => disconnections.push(Date.now()))
  const begin = performance.now()
  const serverClock: Record<string, number> = {}
  const mayEnter: Record<string, number> = {}
  const silences: Promise<number>[] = []
  let sent = 0

  for (const [name, seconds] of [
    ['home', 0],
    ['an hour back', -3600],
    ['an hour ahead', 3600],
    ['home again', 0]
  ] as const) {
    await moveClock(seconds)
    // 4 s: closed after 6.
    silences.push(silence(4))
    const until = performance.now() + stayMs
    while (performance.now() < until) {
      // No time of its own: the time of receipt must tell one value from the next.
      await sen.publish('no-clock', { ph: ++sent % 14 })
      await delay(20)
    }
    serverClock[name] = await minutesAhead()
    mayEnter[name] = (
      await fetch(`${sen.http}/api/v1/devices`, { headers: { authorization: `Bearer ${halfAnHour}` } })
    ).status
  }
  const silentS = await Promise.all(silences)
  const elapsedS = (performance.now() - begin) / 1000
  loading.ending.abort()
  const summary = await loading.done

  expect(serverClock).toEqual({ home: 0, 'an hour back': -60, 'an hour ahead': 60, 'home again': 0 })
  expect(mayEnter).toEqual({ home: 200, 'an hour back': 200, 'an hour ahead': 401, 'home again': 200 })
  expect(disconnections).toEqual([])
  for (const seconds of silentS) {
    expect(seconds).toBeGreaterThan(5)
    expect(seconds).toBeLessThan(9)
  }
  expect(summary.acknowledged).toBe(summary.sent)
  const accounts = await sen.accounts()
  const comparison = await compare({ http: sen.http, token: sen.token, ledgerFile: loading.ledgerFile })
  expect(comparison).toMatchObject({
    lost: 0,
    duplicated: 0,
    altered: 0,
    invented: 0,
    acknowledged: summary.acknowledged
  })
  expect(accounts.messages).toMatchObject({ quarantined: 0, duplicate: 0 })
  expect(accounts.readings).toMatchObject({ superseded: 0, refused: 0 })
  const { value, quality } = await sen.rows('no-clock', 'ph')
  expect(value).toEqual(Array.from({ length: sent }, (_, i) => (i + 1) % 14))
  expect(new Set(quality)).toEqual(new Set(['good']))

  await patient.endAsync(true)
  await sen.process.stop()
  const log = await rawLog()
  expectOrder(log)
  const ticks = log.filter(({ kind }) => kind === 'tick').length
  expect(ticks).toBeGreaterThanOrEqual(0.8 * elapsedS)
  const times = log.filter(({ kind }) => kind === 'message').map(({ receivedAt }) => receivedAt)
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(3_600_000)
})

/** How far the server's wall clock is ahead of this machine's, whole minutes. */
async function minutesAhead(): Promise<number> {
  const { now } = (await sen.get('/system')) as { readonly now: string }
  // Adding 0 makes 0 of −0.
  return Math.round((Date.parse(now) - Date.now()) / 60_000) + 0
}

async function startLoad() {
  const plan = { runId: 'clock', devices: 20, sites: 2 }
  const { sites, devices } = loadProvisioning(plan)
  await sen.postJson('/registry', {
    changes: [
      ...sites.map(one => ({ kind: 'site', site: one })),
      ...devices.map(device => ({ kind: 'device', device }))
    ]
  })
  const credentials: Record<string, Login> = {}
  for (const { id } of sites) credentials[id] = (await sen.postJson(`/sites/${id}/credentials`, {})) as Login
  const ledgerFile = join(folder, 'ledger')
  const ending = new AbortController()
  const options = { runId: plan.runId, devices: plan.devices, connections: plan.sites, rate: 200, seed }
  const done = load({ url: sen.process.ready.mqtt ?? '', credentials, ledgerFile, signal: ending.signal, ...options })
  return { ending, done, ledgerFile }
}

/** Connects, says nothing more. @returns after how many seconds (of this machine) the broker closed. */
function silence(keepAliveS: number): Promise<number> {
  const { hostname, port } = new URL(sen.process.ready.mqtt ?? '')
  const socket = connect(Number(port), hostname)
  const clientId = `silent-${performance.now()}`
  socket.write(connectPacket({ clientId, credential: sen.login, clean: true, keepAliveS }))
  return new Promise((resolve, reject) => {
    let connectedAt = 0
    socket.once('data', () => (connectedAt = performance.now()))
    socket.once('error', reject)
    socket.once('close', () => resolve((performance.now() - connectedAt) / 1000))
  })
}

/** Every record of the raw log. */
async function rawLog(): Promise<readonly StoredRecord[]> {
  const directory = join(sen.process.folder, 'raw')
  const journal = new FileJournal({
    directory,
    fileSystem: nodeFileSystem,
    synced: true,
    clock: systemClock,
    log: silentLog
  })
  await journal.start()
  const { last } = journal.status()
  const enough = new AbortController()
  const records: StoredRecord[] = []
  for await (const batch of journal.reader('check').read(0, enough.signal)) {
    records.push(...batch.records)
    if ((records.at(-1)?.position ?? 0) >= last) enough.abort()
  }
  await journal.stop()
  return records
}

function expectOrder(log: readonly StoredRecord[]): void {
  log.forEach((record, i) => {
    const before = log[i - 1]
    if (before === undefined) return
    expect(record.position).toBe(before.position + 1)
    expect(record.receivedAt).toBeGreaterThanOrEqual(before.receivedAt)
  })
}
