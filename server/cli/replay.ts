import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { parse } from 'yaml'
import { SenError } from '../../model/errors.ts'
import { withLocalApi } from './local-api.ts'
import type { LocalApi } from './local-api.ts'
import { printRows } from './print-rows.ts'
import { ProgressLine } from './progress-line.ts'

/** `sen replay`: what a rule would have found in the past. */
export function commands(): readonly Command[] {
  return [
    new Command('replay')
      .description(
        'tries a rule over stored readings: the alarms it would have raised, and what the rule in force does not'
      )
      .argument('<rule>', 'id of a rule, or a YAML or JSON file with one')
      .option('--from <time>', 'ISO 8601 (default: 30 days ago)')
      .option('--to <time>', 'ISO 8601 (default: now)')
      .addHelpText('after', 'Prints one alarm a line: subject, onset, end, highest level, difference; tab separated.\n')
      .action(async (rule: string, options: { readonly from?: string; readonly to?: string }) => {
        const now = Date.now()
        const { from = new Date(now - thirtyDaysMs).toISOString(), to = new Date(now).toISOString() } = options
        process.exitCode = await withLocalApi(api => replay(api, rule, { from, to }))
      })
  ]
}

const thirtyDaysMs = 30 * 86_400_000
const askEveryMs = 200

interface Alarm {
  readonly subject: { readonly kind: string; readonly id: string }
  readonly onset: string
  readonly clearedAt: string | null
  readonly highestLevel: number
}

interface Trial {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed'
  readonly share: number
  readonly readings: number
  readonly failure: { readonly code: string; readonly message: string } | null
  readonly outcome: {
    readonly subjects: number
    readonly alarms: { readonly count: number; readonly items: readonly Alarm[] }
    readonly inForce: { readonly count: number }
    readonly differences: {
      readonly count: number
      readonly items: readonly { readonly kind: 'new' | 'gone' | 'other'; readonly alarm: Alarm }[]
    }
  } | null
}

async function replay(
  api: LocalApi,
  name: string,
  period: { readonly from: string; readonly to: string }
): Promise<number> {
  const rule = await ruleNamed(api, name)
  const progress = new ProgressLine('judged', 100, 'percent')
  let trial = (await api.call('POST', '/api/v1/rules/preview', { rule, ...period })) as Trial
  let shown = 0
  for (; trial.state === 'running'; trial = await asked(api, trial.id)) {
    const share = Math.floor(trial.share * 100)
    progress.add(share - shown)
    shown = share
    await delay(askEveryMs)
  }
  if (!trial.failure) progress.add(100 - shown)
  progress.end()
  if (trial.failure) {
    process.stderr.write(`${trial.failure.code}: ${trial.failure.message}\n`)
    return 1
  }
  const { outcome } = trial
  if (!outcome) throw new SenError('SEN_INTERNAL', `try rule ${name}: it ended with nothing`)
  const { alarms, inForce, differences, subjects } = outcome
  const marks = new Map(differences.items.map(({ kind, alarm }) => [keyOf(alarm), kind]))
  const gone = differences.items.filter(({ kind }) => kind === 'gone').map(({ alarm }) => alarm)
  printRows(
    [...alarms.items, ...gone].map(alarm => [
      ...[`${alarm.subject.kind}:${alarm.subject.id}`, alarm.onset, alarm.clearedAt ?? ''],
      ...[alarm.highestLevel, marks.get(keyOf(alarm)) ?? 'same']
    ])
  )
  const listed = alarms.items.length < alarms.count ? `, the first ${alarms.items.length} listed` : ''
  process.stderr.write(
    `${alarms.count} alarms${listed} of ${subjects} watched in ${trial.readings} readings; ` +
      `the rule in force has ${inForce.count}, ${differences.count} differ\n`
  )
  return 0
}

async function asked(api: LocalApi, id: string): Promise<Trial> {
  return (await api.call('GET', `/api/v1/rules/preview/${id}`)) as Trial
}

const keyOf = ({ subject, onset }: Alarm): string => `${subject.kind}:${subject.id} ${onset}`

async function ruleNamed(api: LocalApi, name: string): Promise<object> {
  const rule = existsSync(name)
    ? (parse(readFileSync(name, 'utf8')) as unknown)
    : await api.call('GET', `/api/v1/rules/${encodeURIComponent(name)}`)
  if (typeof rule !== 'object' || rule === null)
    throw new SenError('SEN_INPUT_INVALID', `read rule ${name}: it holds no rule`)
  const { version: _version, author: _author, ...draft } = rule as Readonly<Record<string, unknown>>
  return draft
}
