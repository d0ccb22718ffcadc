import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { profileText, profilesIn } from './cpu-profile.ts'
import type { Figure, Run, Subject } from './figure.ts'
import { loadRun, warmUp } from './load-run.ts'
import type { LoadResult, LoadedServer, Traffic } from './load-run.ts'
import { MosquittoServer } from './peers/mosquitto-server.ts'
import { NodeRedStack } from './peers/node-red-stack.ts'
import type { Flow } from './peers/node-red-stack.ts'
import { installNodeRed, missingPackages } from './peers/peer-packages.ts'
import { threadText, threadsOf } from './process-tree.ts'
import { SenServer } from './sen-server.ts'

const pacedPerS = 15_000
/** What Node-RED is asked to take at once; it keeps what waits in memory. */
const stackMessages = 150_000

/**
 * The farm load (flat JSON, 185 bytes, QoS 1, 1,000 devices on 100 connections) against a whole Sen and its peers, one after
 * the other on the same machine, the generator on the same cores. Sen acknowledges what is on disk; the peers what they
 * have in memory.
 */
export const farm: Subject = {
  name: 'farm',
  about: 'flat JSON from 1,000 devices on 100 connections, beside Mosquitto, Node-RED and InfluxDB',
  measure: async run => {
    const missing = missingPackages()
    if (missing.length > 0) throw new Error(`measure peers: run apt-get install ${missing.join(' ')}`)
    installNodeRed(run.tell)
    const sen = await measureSen(run)
    const mosquitto = await measureMosquitto(run)
    const batched = await measureStack('batched', run)
    const single = await measureSingleWrites(run)
    if (run.isProfiled) await profileSen(run)
    return [...sen.figures, ratio(sen.paced, batched.paced), ...mosquitto, ...batched.figures, ...single]
  }
}

interface Measured {
  readonly paced: LoadResult
  readonly figures: readonly Figure[]
}

/** Starts, warms up, works and removes. */
async function using<S extends LoadedServer, T>(start: Promise<S>, work: (server: S) => Promise<T>): Promise<T> {
  const server = await start
  try {
    await warmUp(server)
    return await work(server)
  } finally {
    await server.remove()
  }
}

async function measureSen(run: Run): Promise<Measured> {
  return using(SenServer.forFarm(), async server => {
    const paced = await byThread(server, () => told(run, server, { rate: pacedPerS, seconds: run.seconds }))
    const ending = new AbortController()
    const watching = server.watch(ending.signal)
    const watched = await told(run, server, { rate: pacedPerS, seconds: run.seconds })
    ending.abort()
    const shownBytes = await watching
    const saturated = await byThread(server, () => told(run, server, { rate: 0, seconds: run.seconds }))
    const bar = { bar: 45_000, stretch: 70_000, isBetter: 'larger' } as const
    const figures = [
      pacedFigure(server, paced.result, paced.threads),
      {
        ...pacedFigure(server, watched, `${(shownBytes / 1e6).toFixed(1)} MB of events`),
        what: 'Sen, the same while somebody watches every reading live'
      },
      ...saturatedFigures(server, saturated.result, bar),
      figure('Sen, saturated: CPU', saturated.result.serverMicros, 'µs/message', saturated.result, saturated.threads)
    ]
    return { paced: paced.result, figures }
  })
}

async function measureMosquitto(run: Run): Promise<readonly Figure[]> {
  return using(MosquittoServer.start(), async server => {
    const paced = await told(run, server, { rate: pacedPerS, seconds: run.seconds })
    const saturated = await told(run, server, { rate: 0, seconds: run.seconds })
    return [pacedFigure(server, paced), ...saturatedFigures(server, saturated)]
  })
}

async function measureStack(flow: Flow, run: Run): Promise<Measured> {
  return using(NodeRedStack.start(flow), async server => {
    const paced = await told(run, server, { rate: pacedPerS, seconds: run.seconds })
    const saturated = await told(run, server, { rate: 0, messages: stackMessages })
    return { paced, figures: [pacedFigure(server, paced), ...saturatedFigures(server, saturated)] }
  })
}

/** What the stack loses here is its own figure: nothing is compared with it, so the run of the benchmark still counts. */
async function measureSingleWrites(run: Run): Promise<readonly Figure[]> {
  return using(NodeRedStack.start('one-write-a-message'), async server => {
    const { problem, ...paced } = await told(run, server, { rate: pacedPerS, seconds: run.seconds })
    return [pacedFigure(server, paced, problem === undefined ? undefined : `lost: ${problem}`)]
  })
}

async function told(run: Run, server: LoadedServer, traffic: Traffic): Promise<LoadResult> {
  const result = await loadRun(server, traffic)
  const { summary, storedPerS, serverMicros, problem } = result
  const pace = traffic.rate === 0 ? 'saturated' : `${traffic.rate}/s`
  run.tell(
    `${server.name}, ${pace}: ${Math.round(summary.ratePerS)} acknowledged/s, ${Math.round(storedPerS)} stored/s, ` +
      `${serverMicros.toFixed(1)} µs/message, PUBACK p99 ${summary.latencyMs.p99.toFixed(1)} ms, ` +
      `generator ${summary.cpuMicrosPerMessage.toFixed(1)} µs${problem === undefined ? '' : `: ${problem}`}`
  )
  return result
}

/** @returns the result, and what each thread of Sen's working process took, in words. */
async function byThread(server: SenServer, work: () => Promise<LoadResult>) {
  const before = threadsOf(server.pid)
  const result = await work()
  return { result, threads: threadText(before, threadsOf(server.pid), result.summary.acknowledged) }
}

function ratio(sen: LoadResult, batched: LoadResult): Figure {
  const problem = sen.problem ?? batched.problem
  return {
    what: `farm, paced ${pacedPerS}/s: Sen ÷ Mosquitto + Node-RED + InfluxDB in batches`,
    value: sen.serverMicros / batched.serverMicros,
    unit: '×',
    bar: { bar: 0.65, stretch: 0.45, isBetter: 'smaller' },
    note: `${sen.serverMicros.toFixed(1)} ÷ ${batched.serverMicros.toFixed(1)} µs`,
    ...(problem === undefined ? {} : { problem })
  }
}

function pacedFigure(server: LoadedServer, result: LoadResult, more?: string): Figure {
  const { ratePerS, latencyMs } = result.summary
  const note =
    `${Math.round(ratePerS)}/s sent, ${Math.round(result.storedPerS)}/s until stored, ` +
    `PUBACK p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms${more === undefined ? '' : `; ${more}`}`
  return figure(`${server.name}, paced ${pacedPerS}/s: CPU`, result.serverMicros, 'µs/message', result, note)
}

function saturatedFigures(server: LoadedServer, result: LoadResult, bar?: Figure['bar']): readonly Figure[] {
  const { summary, storedPerS, serverMicros } = result
  const acknowledged = figure(`${server.name}, saturated: acknowledged`, summary.ratePerS, 'messages/s', result)
  const note = `${serverMicros.toFixed(1)} µs/message`
  const stored = figure(`${server.name}, saturated: until the last is stored`, storedPerS, 'messages/s', result, note)
  return [bar ? { ...acknowledged, bar } : acknowledged, ...(server.pointsPerMessage > 0 ? [stored] : [])]
}

function figure(what: string, value: number, unit: string, { problem }: LoadResult, note?: string): Figure {
  return { what, value, unit, ...(note === undefined ? {} : { note }), ...(problem === undefined ? {} : { problem }) }
}

/** Where the time goes, by thread and function. Sampling costs time itself: the figures above are of runs without it. */
async function profileSen(run: Run): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-bench-profile-'))
  await using(SenServer.forFarm({ NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` }), async server => {
    const spans: { readonly rate: number; readonly from: number; readonly to: number; readonly messages: number }[] = []
    for (const rate of [pacedPerS, 0]) {
      const from = monotonicMicros()
      const { summary } = await told(run, server, { rate, seconds: run.seconds })
      spans.push({ rate, from, to: monotonicMicros(), messages: summary.acknowledged })
    }
    const { pid } = server
    await server.process.stop()
    for (const { rate, messages, ...span } of spans) {
      const pace = rate === 0 ? 'saturated' : `${rate}/s`
      run.tell(`\nSelf time, ${pace}\n\n${profileText(profilesIn(folder, pid, span), messages)}\n`)
    }
  })
  run.tell(`The profiles, for the browser's tools: ${folder}`)
}

function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
