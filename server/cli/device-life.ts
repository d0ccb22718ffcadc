import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { SenError } from '../../model/errors.ts'
import { withLocalApi } from './local-api.ts'
import type { LocalApi } from './local-api.ts'

interface Fault {
  readonly line: number
  readonly column: string
  readonly value: string
  readonly rule: string
  readonly detail: string
}

interface Job {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed'
  readonly done: number
  readonly total: number
  readonly claimed: number
  readonly unchanged: number
  readonly logins: readonly { readonly username: string; readonly password: string }[]
  readonly detail?: string
}

const askEveryMs = 300

/** `sen device claim|import|replace|move|decommission|undo`: how devices come in, and what becomes of them. */
export function lifeCommands(): readonly Command[] {
  return [claimCommand(), importCommand(), ...['move', 'replace', 'decommission', 'undo'].map(verbCommand)]
}

function claimCommand(): Command {
  return new Command('claim')
    .argument('<id>')
    .description('registers a device that was heard; prints its MQTT password if it gets one')
    .requiredOption('--site <id>', 'where it stands')
    .requiredOption('--profile <id>', 'what kind of device it is')
    .option('--name <name>', 'its name (default: the id)')
    .action(async (id: string, body: object) => {
      const answer = (await withLocalApi(api => api.call('POST', pathOf(id, 'claim'), body))) as {
        readonly mqtt?: { readonly password: string }
      }
      if (answer.mqtt) process.stdout.write(`${answer.mqtt.password}\n`)
    })
}

function importCommand(): Command {
  return new Command('import')
    .argument('<file>')
    .description('checks a delivery (CSV) and prints every bad row; with --all or --good registers it')
    .option('--all', 'registers all rows, or none')
    .option('--good', 'registers the good rows only')
    .option('--site <id>', 'for rows that name none')
    .option('--profile <id>', 'for rows that name none')
    .option('--delivery <name>', 'kept with each device')
    .option('--connector <name>', 'makes the devices at its network server too')
    .action(async (path: string, { all, good, ...rest }: { all?: true; good?: true }) => {
      const file = (await readFile(path)).toString('base64')
      await withLocalApi(async api => {
        await check(api, { file, ...rest })
        if (all ?? good) await register(api, { file, ...rest, mode: all ? 'all' : 'good' })
      })
    })
}

async function check(api: LocalApi, body: object): Promise<void> {
  const found = (await api.call('POST', '/api/v1/devices/deliveries/check', body)) as {
    readonly total: number
    readonly good: number
    readonly bad: number
    readonly faults: readonly Fault[]
  }
  for (const { line, column, value, rule, detail } of found.faults) {
    process.stdout.write(`${line}\t${column}\t${value}\t${rule}\t${detail}\n`)
  }
  process.stderr.write(`${found.total} rows: ${found.good} good, ${found.bad} bad.\n`)
}

async function register(api: LocalApi, body: object): Promise<void> {
  let job = (await api.call('POST', '/api/v1/devices/deliveries', body)) as Job
  while (job.state === 'running') {
    process.stderr.write(`${job.done}/${job.total}\n`)
    await wait(askEveryMs)
    job = (await api.call('GET', `/api/v1/devices/deliveries/${job.id}`)) as Job
  }
  for (const { username, password } of job.logins) process.stdout.write(`${username}\t${password}\n`)
  if (job.state === 'failed') throw new SenError('SEN_CONNECTOR_FAILED', `register delivery: ${job.detail ?? ''}`)
  process.stderr.write(`${job.claimed} devices registered, ${job.unchanged} were there.\n`)
}

const verbs: Readonly<
  Record<string, { readonly what: string; readonly options: readonly (readonly [string, string])[] }>
> = {
  move: { what: 'moves a device to another site', options: [['--site <id>', 'where it stands from now on']] },
  replace: {
    what: 'lets another piece of hardware go on as the same device',
    options: [
      ['--hardware <devEui>', 'DevEUI of the new one'],
      ['--serial <number>', 'serial number of the new one']
    ]
  },
  decommission: {
    what: 'takes a device out of service; its data stay',
    options: [['--at-network-server', 'at the network server too, if Sen made it there']]
  },
  undo: { what: 'puts back what was done last, for a day', options: [] }
}

function verbCommand(verb: string): Command {
  const { what = '', options = [] } = verbs[verb] ?? {}
  const command = new Command(verb).argument('<id>').description(what)
  for (const [flag, text] of options) command.option(flag, text)
  return command.action(async (id: string, body: object) => {
    const answer = (await withLocalApi(api => api.call('POST', pathOf(id, verb), body))) as {
      readonly mqtt?: { readonly password: string }
    }
    if (answer.mqtt) process.stdout.write(`${answer.mqtt.password}\n`)
  })
}

function pathOf(id: string, verb: string): string {
  return `/api/v1/devices/${encodeURIComponent(id)}/${verb}`
}
