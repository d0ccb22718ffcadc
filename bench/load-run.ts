import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { load } from '../simulators/load/load.ts'
import type { LoadOptions } from '../simulators/load/load.ts'
import type { LoadSummary } from '../simulators/load/load-meter.ts'
import { cpuMicrosOf } from './process-tree.ts'

/** A server under load. */
export interface LoadedServer {
  readonly name: string
  /** Where, what and on how many connections is published to it. */
  readonly target: Pick<LoadOptions, 'url' | 'credentials' | 'runId' | 'devices' | 'connections' | 'content'>
  /** Points that one message becomes; 0 if the server keeps nothing. */
  readonly pointsPerMessage: number
  /** Its processes: their time is the server's cost. */
  pids(): readonly number[]
  /** Points that can be queried. Cheap enough to ask often. */
  stored(): Promise<number>
  /** The same as the store answers to a query; asked before and after a measurement. */
  counted(): Promise<number>
  /** Ends it and removes its data. */
  remove(): Promise<void>
}

/** How much: paced for some time, or as fast as it is acknowledged (`rate` 0). */
export type Traffic = Pick<LoadOptions, 'rate' | 'seconds' | 'messages' | 'unacknowledged' | 'seed'>

export interface LoadResult {
  readonly summary: LoadSummary
  /** Messages a second from the first one until the last acknowledged one could be queried. */
  readonly storedPerS: number
  /** User and system time of all server processes in that time, µs a message. */
  readonly serverMicros: number
  /** Why the run does not count. */
  readonly problem?: string
}

/** A store that takes nothing more for this long has lost the rest. */
const patienceMs = 20_000

/** The first seconds are the compilers', and those in which every series is new. */
export async function warmUp(server: LoadedServer): Promise<void> {
  const { problem } = await loadRun(server, { rate: 2000, seconds: 5, seed: 99 })
  if (problem !== undefined) throw new Error(`warm up ${server.name}: ${problem}`)
}

/** Publishes, and waits until everything acknowledged can be queried. */
export async function loadRun(server: LoadedServer, traffic: Traffic): Promise<LoadResult> {
  // What the run before left behind (garbage, files to be written) is not this one's.
  await wait(1000)
  const before = { counted: await server.counted(), stored: await server.stored(), cpu: cpuMicrosOf(server.pids()) }
  const began = performance.now()
  const summary = await publish(server, traffic)
  const points = summary.acknowledged * server.pointsPerMessage
  await storedAll(server, before.stored + points)
  const seconds = (performance.now() - began) / 1000
  const serverMicros = (cpuMicrosOf(server.pids()) - before.cpu) / summary.acknowledged
  const result = { summary, storedPerS: summary.acknowledged / seconds, serverMicros }
  const counted = (await server.counted()) - before.counted
  return counted === points ? result : { ...result, problem: `${counted} points stored of ${points} acknowledged` }
}

async function publish({ target }: LoadedServer, traffic: Traffic): Promise<LoadSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-bench-ledger-'))
  try {
    return await load({ ledgerFile: join(folder, 'ledger'), ...target, ...traffic })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Waits until all points are there, or the store takes nothing more. */
async function storedAll(server: LoadedServer, points: number): Promise<void> {
  let [stored, changedAt] = [-1, performance.now()]
  for (;;) {
    const now = await server.stored()
    if (now >= points) return
    if (now !== stored) changedAt = performance.now()
    stored = now
    if (performance.now() - changedAt > patienceMs) return
    await wait(50)
  }
}
