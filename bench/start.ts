import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../tests/sen-process.ts'
import type { Subject } from './figure.ts'
import { median } from './quantile.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const starts = 3
const patienceMs = 60_000

/**
 * From `npm start` on an empty folder, installed and started before, to the first live reading
 * on `/api/v1/events`, as the console in a browser asks for it.
 */
export const start: Subject = {
  name: 'start',
  about: '`npm start` to the first live reading',
  measure: async run => {
    const tookMs: number[] = []
    // The first fills the compile cache, as an installation's first start does.
    for (let i = 0; i <= starts; i++) {
      tookMs.push(await firstReadingMs())
      run.tell(`npm start: first live reading after ${Math.round(tookMs.at(-1) ?? 0)} ms`)
    }
    const [first = 0, ...later] = tookMs
    return [
      {
        what: '`npm start` to the first live reading',
        value: median(later) / 1000,
        unit: 's',
        bar: { bar: 5, stretch: 2, isBetter: 'smaller' },
        note: `median of ${starts}, each on an empty folder; the one before them ${(first / 1000).toFixed(1)} s`
      }
    ]
  }
}

async function firstReadingMs(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-bench-start-'))
  const [httpPort, mqttPort] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    SEN_DATA: join(folder, 'data'),
    SEN_HTTP_PORT: String(httpPort),
    SEN_MQTT_PORT: String(mqttPort)
  }
  const began = performance.now()
  const child = spawn('npm', ['start'], { cwd: project, env, stdio: 'ignore', detached: true })
  try {
    await firstReading(`http://127.0.0.1:${httpPort}`, AbortSignal.timeout(patienceMs))
    return performance.now() - began
  } finally {
    const ended = once(child, 'exit')
    // npm, and all that it started.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    await ended
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** Resolves with the first reading that somebody is shown who opens the console. */
async function firstReading(http: string, signal: AbortSignal): Promise<void> {
  const page = await answered(http, signal)
  await page.arrayBuffer()
  const cookie = page.headers
    .getSetCookie()
    .map(one => one.split(';', 1)[0])
    .join('; ')
  const headers = { accept: 'text/event-stream', cookie }
  const events = await fetch(`${http}/api/v1/events`, { signal, headers })
  if (!events.ok) throw new Error(`GET /api/v1/events: ${events.status} ${await events.text()}`)
  let text = ''
  for await (const chunk of events.body ?? []) {
    text = (text + Buffer.from(chunk).toString('latin1')).slice(-200_000)
    if (/event: ?readings\ndata: ?\{"items":\[\{/.test(text)) return
  }
  throw new Error('await first reading: the events ended')
}

async function answered(url: string, signal: AbortSignal): Promise<Response> {
  for (;;) {
    try {
      const answer = await fetch(url, { signal })
      if (answer.ok) return answer
      throw new Error(`GET ${url}: ${answer.status} ${await answer.text()}`)
    } catch (error) {
      // Nobody listens yet.
      if (signal.aborted || !(error instanceof TypeError)) throw error
      await wait(20)
    }
  }
}
