import { Command } from 'commander'
import { scaledClock } from '../../model/clock.ts'
import type { ClockSetting } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { farms } from '../../simulators/province/farms.ts'
import { changesOf, provisioning } from '../../simulators/province/provisioning.ts'
import { simulate } from '../../simulators/simulate.ts'
import type { SimulationCredentials } from '../../simulators/simulate.ts'
import { threadLog } from '../log.ts'
import { withLocalApi } from './local-api.ts'
import type { LocalApi } from './local-api.ts'
import { playScenario, scenarioList } from './scenario.ts'
import { positive, wholeNumber } from './start.ts'

/** What the demo hands to its simulator. */
interface Task {
  readonly url: string
  readonly credentials: SimulationCredentials
  readonly devices: number
  readonly rate: number
  readonly seed: number
  readonly clock?: ClockSetting
}

interface SimulateOptions {
  readonly devices: number
  readonly rate: number
  readonly speed?: number
  readonly seed: number
  readonly url?: string
  readonly forked?: boolean
  readonly scenario?: string
  readonly paced?: boolean
}

/** `sen simulate`: the simulated province against the running server. */
export function commands(): readonly Command[] {
  return [simulateCommand()]
}

function simulateCommand(): Command {
  return new Command('simulate')
    .description('publishes the simulated province to the running server over MQTT, until Ctrl-C')
    .option('--devices <n>', 'LoRaWAN devices', wholeNumber, 60)
    .option('--rate <n>', 'messages a second', positive, 5)
    .option('--speed <n>', 'must be the speed the server was started with (sen start --speed)', positive)
    .option('--seed <n>', 'which province', wholeNumber, 1)
    .option('--url <url>', "the server's MQTT address (default: the running server's own)")
    .addOption(new Command().createOption('--forked', 'takes its task from the process that forked it').hideHelp())
    .option('--scenario <name>', 'plays a scenario instead of the province, and ends with it')
    .option(
      '--paced',
      "the scenario begins now and takes its time by the server's clock; else it ends now, played at once"
    )
    .addHelpText('after', scenarioList)
    .action(async ({ scenario, ...options }: SimulateOptions) => {
      if (scenario !== undefined) await playScenario({ ...options, scenario })
      else if (options.forked) await runForked()
      else await runAgainstServer(options)
    })
}

async function runForked(): Promise<void> {
  const stopping = new AbortController()
  const stop = () => {
    stopping.abort()
  }
  process.once('disconnect', stop)
  process.once('SIGTERM', stop)
  // Ctrl-C reaches the whole group; the demo says when to stop.
  process.on('SIGINT', () => undefined)
  const task = await new Promise<Task>(resolve => {
    process.once('message', message => {
      resolve(message as Task)
    })
  })
  await publish(task, stopping.signal)
  if (process.connected) process.disconnect()
}

async function runAgainstServer(options: SimulateOptions): Promise<void> {
  const stopping = new AbortController()
  process.once('SIGINT', () => {
    stopping.abort()
  })
  const task = await withLocalApi(api => taskOf(api, options))
  const { published, acknowledged } = await publish(task, stopping.signal, report => {
    process.stderr.write(`published ${report.published}, acknowledged ${report.acknowledged}\n`)
  })
  process.stderr.write(`published ${published} messages, ${acknowledged} of them acknowledged\n`)
}

async function taskOf(api: LocalApi, options: SimulateOptions): Promise<Task> {
  const system = (await api.call('GET', '/api/v1/system')) as {
    readonly mqtt: string | null
    readonly clock: ClockSetting | null
  }
  const url = options.url ?? system.mqtt
  if (url === null)
    throw new SenError('SEN_INPUT_INVALID', 'simulate: no server with an MQTT door runs on this data folder', {
      hint: 'Start one with "npm start".'
    })
  const speed = system.clock?.speed ?? 1
  if (options.speed !== undefined && options.speed !== speed) {
    throw new SenError(
      'SEN_INPUT_INVALID',
      `simulate --speed ${options.speed}: the server's clock runs at speed ${speed}`,
      {
        hint: `Start the demo with "npm start -- --speed ${options.speed}".`
      }
    )
  }
  await api.call('POST', '/api/v1/registry', { changes: changesOf(provisioning(options)) })
  const logins = await Promise.all(
    farms.map(async ({ site }) => [site, await api.call('POST', `/api/v1/sites/${site}/credentials`)] as const)
  )
  const connector = await api.call('POST', '/api/v1/connectors', { type: 'chirpstack', name: 'simulator' })
  return {
    url,
    credentials: { connector, sites: Object.fromEntries(logins) } as SimulationCredentials,
    devices: options.devices,
    rate: options.rate,
    seed: options.seed,
    ...(system.clock && { clock: system.clock })
  }
}

function publish(task: Task, signal: AbortSignal, onProgress?: Parameters<typeof simulate>[0]['onProgress']) {
  const { clock, ...rest } = task
  return simulate({
    ...rest,
    signal,
    log: threadLog('simulator', { SEN_LOG: 'warn' }),
    ...(clock && { clock: scaledClock(clock.speed, clock.at, clock.now) }),
    ...(onProgress && { onProgress })
  })
}
