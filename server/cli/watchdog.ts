import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { z } from 'zod'
import { messageOf } from '../../model/errors.ts'
import { ringersOf } from '../watchdog/ringers.ts'
import type { Ringer } from '../watchdog/ringers.ts'
import { unwatched, watched } from '../watchdog/watch.ts'
import type { Pulse, Ring } from '../watchdog/watch.ts'
import { positive, wholeNumber } from './start.ts'

interface WatchdogOptions {
  readonly url: string
  readonly every: number
  readonly looks: number
  readonly notify: string
}

/** `sen watchdog`: on another machine; rings when Sen, its log or its notifier stops. */
export function commands(): readonly Command[] {
  return [
    new Command('watchdog')
      .description(
        'watches a Sen from another machine: rings once when it, its log or its notifier stops, and when it is back'
      )
      .requiredOption('--url <address>', 'of the Sen that is watched, https://sen.example.vn')
      .requiredOption('--notify <file>', 'YAML: whom to tell, and how (docs/escalation.md)')
      .option('--every <seconds>', 'how often it looks', positive, 30)
      .option('--looks <n>', 'so many looks in a row must find it wrong', wholeNumber, 2)
      .addHelpText('after', '\nSEN_TOKEN: a token of role viewer; without it only whether Sen answers is seen.')
      .action(async (options: WatchdogOptions) => {
        await watch(options, await ringersOf(options.notify))
      })
  ]
}

const notifierMs = 120_000

async function watch({ url, every, looks }: WatchdogOptions, ringers: readonly Ringer[]): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stopping.abort()
    })
  say({ watching: url, everyS: every })
  let state = unwatched
  while (!stopping.signal.aborted) {
    const look = watched(state, await pulseOf(url, every * 1000), { now: Date.now(), looks, notifierMs })
    state = look.watch
    if (look.ring) await ringAll(look.ring, url, ringers)
    await delay(every * 1000, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
}

async function ringAll(ring: Ring, url: string, ringers: readonly Ringer[]): Promise<void> {
  say(ring)
  await Promise.all(
    ringers.map(async ringer => {
      for (let tries = 0; tries < 3; tries++) {
        const problem = await ringer.ring(ring, url)
        if (problem === undefined) return
        say({ notTold: ringer.name, problem })
      }
    })
  )
}

const answer = z.object({
  log: z.object({ position: z.number() }).optional(),
  notifier: z.object({ ageMs: z.number().nullable() }).optional()
})

async function pulseOf(url: string, everyMs: number): Promise<Pulse> {
  const token = process.env['SEN_TOKEN']
  try {
    const response = await fetch(new URL('/readyz', url), {
      signal: AbortSignal.timeout(Math.max(1000, Math.min(everyMs, 10_000))),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } })
    })
    if (response.status !== 200) return { isUp: false, reason: `it answers ${response.status}` }
    const { log, notifier } = answer.parse(await response.json())
    return { isUp: true, position: log?.position, notifierAgeMs: notifier?.ageMs ?? undefined }
  } catch (error) {
    return { isUp: false, reason: `it does not answer: ${messageOf(error)}` }
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`)
}
