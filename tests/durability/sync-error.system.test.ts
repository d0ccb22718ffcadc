import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SenProcess, freePort } from '../sen-process.ts'
import { LoadRun, reasonsOf, seed } from './load-run.fixture.ts'

/*
 * fsync and fdatasync of the real process answer EIO (libfiu stands before the C library). Linux may have dropped what it
 * could not write: that it worked must not be said, and asking again would be answered with a lie.
 */
const run = promisify(execFile)
let sen: SenProcess
let token: string
let folder: string
let control: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-fiu-'))
  control = join(folder, 'control')
  sen = await SenProcess.create({
    // Without its parent, which would start it again: libfiu gets on badly with processes that fork.
    command: ['run'],
    under: ['fiu-run', '-x', '-f', control],
    mqttPort: await freePort(),
    httpPort: await freePort()
  })
  await started()
  token = await sen.sen('token', '--role', 'administrator')
}, 200_000)

afterAll(async () => {
  await sen.remove()
  await rm(folder, { recursive: true })
})

/** Starts it; again where libfiu has locked itself up, which it does when a library is loaded while another thread writes. */
async function started(): Promise<void> {
  for (let tries = 1; ; tries++) {
    const starting = sen.start()
    starting.catch(() => undefined)
    const isReady = await Promise.race([starting.then(() => true), delay(30_000, false)])
    if (isReady) return
    if (tries === 6) throw new Error(`start under fiu-run: not ready in 30 s, ${tries} times`)
    await sen.kill()
  }
}

/** Switches a fault of the process that does the work on or off. */
async function fault(command: 'enable' | 'disable', call: string): Promise<void> {
  const name = `name=posix/io/sync/${call}`
  const words = command === 'enable' ? `enable ${name},failinfo=5` : `disable ${name}`
  await run('fiu-ctrl', ['-f', control, '-c', words, String(sen.ready.pid)])
}

it(`acknowledges nothing that fdatasync failed for, and starts anew (seed ${seed})`, { timeout: 300_000 }, async () => {
  const load = await LoadRun.begin({ sen, token, runId: 'fdatasync' })
  await load.acknowledgedMore(500)
  await fault('enable', 'fdatasync')
  // A sync that was under way may still have come true.
  const failingFrom = Date.now() + 100
  // By itself, and not as if all were well; DuckDB's own threads may make an abort of it.
  const { code, signal } = await sen.ended()
  expect([code, signal]).toSatisfy(() => code === 1 || signal === 'SIGABRT')
  const endedAt = Date.now()
  expect(sen.output).toContain('SEN_JOURNAL_FAILED')
  expect(sen.output).toMatch(/sync [^ ]*raw[^ ]*: EIO/)
  expect(load.acknowledgedAt.filter(at => at > failingFrom && at < endedAt)).toEqual([])
  await started()
  await load.acknowledgedMore(500)
  await load.expectKept()
})

it(`keeps every message while fsync fails for the stores (seed ${seed})`, { timeout: 300_000 }, async () => {
  const load = await LoadRun.begin({ sen, token, runId: 'fsync' })
  await load.acknowledgedMore(500)
  await fault('enable', 'fsync')
  await load.acknowledgedMore(500)
  while (!(await reasonsOf(sen, token)).includes('series-store-failed')) await load.acknowledgedMore(1)
  await fault('disable', 'fsync')
  await load.acknowledgedMore(500)
  await load.expectKept()
  expect(await reasonsOf(sen, token)).toEqual([])
})
