import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { SenError } from '../../model/errors.ts'
import type { RedecodeCounts } from '../../model/redecode.ts'
import { withLocalApi } from './local-api.ts'

interface Options {
  readonly device?: string
  readonly profile?: string
  readonly reason?: string
  readonly quarantined?: true
  readonly from?: string
  readonly to?: string
  readonly dryRun?: true
}

interface Outside {
  readonly keptFrom: string | null
  readonly removed: number | null
  readonly quarantined: number
  readonly oldest: string | null
  readonly newest: string | null
}

interface Forecast {
  readonly messages: number
  readonly quarantined: number
  readonly unregistered: number
  readonly isComplete: boolean
  readonly countedTo: string | null
  readonly outside: Outside | null
}

interface Job {
  readonly id: number
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly counts: RedecodeCounts
  readonly progress: { readonly total: number; readonly done: number }
  readonly outside: Outside | null
  readonly detail: string
}

const pollMs = 500

/** `sen redecode`: kept messages are decoded again with the codecs, mappings and devices of now. */
export function commands(): readonly Command[] {
  const command = new Command('redecode')
    .description('decodes kept messages again with the codecs, mappings and devices of now')
    .option('--device <id>', 'those of one device')
    .option('--profile <id>', 'those of devices with this profile')
    .option('--reason <reason>', 'those in quarantine for this reason')
    .option('--quarantined', 'those in quarantine only')
    .option('--from <time>', 'received from then on, ISO 8601')
    .option('--to <time>', 'received before then, ISO 8601')
    .option('--dry-run', 'counts them, and changes nothing')
    .action(redecode)
  return [command]
}

async function redecode({ quarantined, dryRun, ...options }: Options): Promise<void> {
  const body = { ...options, ...(quarantined && { isQuarantined: true }) }
  await withLocalApi(async api => {
    const ask = (isDryRun: boolean): Promise<unknown> =>
      api.call('POST', '/api/v1/ingest/quarantine/redecode', { ...body, dryRun: isDryRun })
    if (dryRun) {
      tellForecast((await ask(true)) as Forecast)
      return
    }
    const { id } = (await ask(false)) as { readonly id: number }
    let told = ''
    for (;;) {
      const job = (await api.call('GET', `/api/v1/ingest/redecodes/${id}`)) as Job
      const line = progressOf(job)
      if (line !== told) tell(line)
      told = line
      if (job.state === 'failed') throw new SenError('SEN_INTERNAL', `decode again: ${job.detail}`)
      if (job.state === 'done') {
        tellResult(job)
        return
      }
      await delay(pollMs)
    }
  })
}

/** On a terminal one line that changes, else a line each time. */
function tell(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${line}` : `${line}\n`)
}

function progressOf({ id, state, counts, progress: { total, done } }: Job): string {
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
  return `job ${id}, ${state}: ${percent} % of the log, ${counts.messages} messages, ${counts.readings} readings`
}

function tellForecast({ messages, quarantined, unregistered, isComplete, countedTo, outside }: Forecast): void {
  process.stdout.write(`${messages} messages, ${quarantined} of them in quarantine\n`)
  if (unregistered > 0)
    process.stdout.write(`${unregistered} of devices that nobody registered: they stay as they are\n`)
  if (!isComplete) process.stdout.write(`counted up to ${countedTo ?? 'a part of the log'} only\n`)
  tellOutside(outside)
}

function tellResult({ counts, outside }: Job): void {
  if (process.stderr.isTTY) process.stderr.write('\n')
  const { messages, stored, event, quarantined, left, released, lost, readings } = counts
  process.stdout.write(
    `${messages} messages decoded again: ${stored} stored (${readings} readings), ${event} without data, ` +
      `${quarantined} in quarantine, ${left} left as they were; ${released} left quarantine, ${lost} went into it\n`
  )
  tellOutside(outside)
}

function tellOutside(outside: Outside | null): void {
  if (!outside) return
  const { keptFrom, removed, quarantined, oldest, newest } = outside
  const gone =
    quarantined > 0
      ? `${quarantined} of those in quarantine are gone (${oldest ?? '?'} to ${newest ?? '?'})`
      : 'none of those in quarantine is gone'
  const all = removed === null ? '' : `; the raw log has removed ${removed} messages of all devices since it began`
  process.stdout.write(`only messages from ${keptFrom ?? 'now'} on can be decoded again: ${gone}${all}\n`)
}
