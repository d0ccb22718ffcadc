import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import { diskLatencies } from './disk.ts'
import type { Figure, Run, Subject } from './figure.ts'
import { loadRun, warmUp } from './load-run.ts'
import type { LoadResult } from './load-run.ts'
import { cpuMicrosOf } from './process-tree.ts'
import { quantile } from './quantile.ts'
import { SenServer } from './sen-server.ts'
import type { Answer, AskPlan } from '../tests/load/asker-process.ts'

const rate = 5000
const askers = 4
/**
 * At rest: less than this share of a core in each look, for so long. The log is compressed once a minute; a look of 5 s
 * forgives one collection of garbage.
 */
const restShare = 0.1
const lookS = 5
const quietS = 65
const patienceMs = 300_000

/**
 * How long a publisher waits for PUBACK at 5,000 messages a second, beside the disk's own pace and beside four queries that
 * read everything, again and again.
 */
export const puback: Subject = {
  name: 'puback',
  about: 'PUBACK latency at 5,000 messages a second, alone and beside four long queries',
  measure: async run => {
    const server = await SenServer.forFarm()
    try {
      await warmUp(server)
      // Something for the queries to read: so much that each takes about ten seconds, as the bar says.
      await loadRun(server, { rate: 0, seconds: 3 * run.seconds, seed: 2 })
      const stored = await server.stored()
      // What a load leaves behind (compressing the log, putting late rows in place) is not part of the question.
      await atRest(server, run)
      const disk = [...(await diskLatencies(300))]
      const alone = await loadRun(server, { rate, seconds: run.seconds, seed: 3 })
      disk.push(...(await diskLatencies(300)))
      run.tell(`alone: p99 ${alone.summary.latencyMs.p99} ms; disk p99 ${quantile(disk, 0.99).toFixed(2)} ms`)
      const seconds = Math.max(15, run.seconds)
      const from = new Date(Date.now() - 3_600_000).toISOString()
      const question = `/readings?from=${from}&every=1h&fn=mean,min,max,first,last,count,sum`
      const asking = new Asking({ ...server.addressOf(question), seconds: seconds + 2 })
      const beside = await loadRun(server, { rate, seconds, seed: 4 })
      const asked = await asking.end()
      run.tell(`beside queries: p99 ${beside.summary.latencyMs.p99} ms; ${asked}`)
      return figures(alone, beside, { diskMs: quantile(disk, 0.99), asked: `${asked}, ${stored} points` })
    } finally {
      await server.remove()
    }
  }
}

/** Resolves once the server has had nothing to do for a while. */
async function atRest(server: SenServer, run: Run): Promise<void> {
  const began = performance.now()
  for (let quiet = 0; quiet < quietS;) {
    const before = cpuMicrosOf(server.pids())
    await wait(lookS * 1000)
    const share = (cpuMicrosOf(server.pids()) - before) / 1e6 / lookS
    quiet = share < restShare ? quiet + lookS : 0
    if (performance.now() - began > patienceMs) throw new Error(`wait for rest: still ${share.toFixed(2)} cores in use`)
  }
  run.tell(`at rest after ${((performance.now() - began) / 1000).toFixed(0)} s`)
}

function figures(
  alone: LoadResult,
  beside: LoadResult,
  { diskMs, asked }: { readonly diskMs: number; readonly asked: string }
): readonly Figure[] {
  const [aloneMs, besideMs] = [alone.summary.latencyMs.p99, beside.summary.latencyMs.p99]
  const problem = alone.problem ?? beside.problem
  const mark = problem === undefined ? {} : { problem }
  return [
    { what: `PUBACK p99 at ${rate} messages/s`, value: aloneMs, unit: 'ms', ...mark },
    { what: 'one 64-KiB write + fdatasync, p99', value: diskMs, unit: 'ms' },
    {
      what: `PUBACK p99 at ${rate} messages/s ÷ p99 of one 64-KiB write + fdatasync`,
      value: aloneMs / diskMs,
      unit: '×',
      bar: { bar: 10, stretch: 4, isBetter: 'smaller' },
      note: `${aloneMs.toFixed(1)} ÷ ${diskMs.toFixed(2)} ms`,
      ...mark
    },
    {
      what: 'the same with four long queries ÷ without',
      value: besideMs / aloneMs,
      unit: '×',
      bar: { bar: 2, stretch: 1.2, isBetter: 'smaller' },
      note: `${besideMs.toFixed(1)} ÷ ${aloneMs.toFixed(1)} ms; ${asked}`,
      ...mark
    }
  ]
}

/** Four people who each ask for everything, and again as soon as they have the answer; in a process of their own, as elsewhere. */
class Asking {
  readonly #child = fork(fileURLToPath(new URL('../tests/load/asker-process.ts', import.meta.url)), { execArgv: [] })
  readonly #answers = once(this.#child, 'message')

  constructor(plan: Omit<AskPlan, 'askers'>) {
    this.#child.send({ ...plan, askers } satisfies AskPlan)
  }

  /** @returns what was asked, in words. */
  async end(): Promise<string> {
    const [answers] = (await this.#answers) as [readonly Answer[]]
    this.#child.disconnect()
    // The longest that Sen lets a query run is 10 s; one that was cut off there has been as heavy as they come.
    const wrong = answers.find(({ status, code }) => status !== 200 && code !== 'SEN_QUERY_LIMIT')
    if (wrong) throw new Error(`ask for everything: ${wrong.status} ${wrong.code}`)
    const tookMs = answers.map(({ ms }) => ms)
    const [typical, longest] = [0.5, 1].map(part => (quantile(tookMs, part) / 1000).toFixed(1))
    const ends = `${answers.length} ended, ${answers.filter(({ code }) => code !== '').length} of them at the limit of time`
    return `${askers} queries at all times, ${typical} s long (median), at most ${longest} s; ${ends}`
  }
}
