import { Command } from 'commander'
import { SenError } from '../../model/errors.ts'
import { compare } from '../../simulators/load/compare.ts'
import { load } from '../../simulators/load/load.ts'
import { progressLine, summaryText } from '../../simulators/load/load-meter.ts'
import { loadProvisioning } from '../../simulators/load/provisioning.ts'
import { changesOf } from '../../simulators/province/provisioning.ts'
import type { Credential } from '../../simulators/mqtt-publisher.ts'
import { threadLog } from '../log.ts'
import { withLocalApi } from './local-api.ts'
import type { LocalApi } from './local-api.ts'
import { positive, wholeNumber } from './start.ts'

interface LoadCommandOptions {
  readonly devices: number
  readonly connections: number
  readonly rate: number
  readonly seconds: number
  readonly qos: number
  readonly seed: number
  readonly run: string
  readonly ledger?: string
  readonly compare: boolean
  readonly url?: string
  readonly http?: string
}

/** `sen load`: a measured load on the running server, checked from outside. */
export function commands(): readonly Command[] {
  return [loadCommand()]
}

function loadCommand(): Command {
  return new Command('load')
    .description(
      'publishes a load to the running server, records every acknowledgement, and compares what can be read back'
    )
    .option('--devices <n>', 'devices', wholeNumber, 1000)
    .option('--connections <n>', 'connections, one site each', wholeNumber, 100)
    .option('--rate <n>', 'messages a second in all; 0: as fast as acknowledgements allow', wholeNumber, 500)
    .option('--seconds <n>', 'how long', positive, 20)
    .option('--qos <n>', '0 or 1', wholeNumber, 1)
    .option('--seed <n>', 'decides the values', wholeNumber, 1)
    .option('--run <id>', 'begins every id of this run', `load-${Date.now().toString(36)}`)
    .option('--ledger <file>', 'where sent and acknowledged messages are recorded (default: <run>.ledger)')
    .option('--no-compare', 'does not read back')
    .option('--url <url>', "the server's MQTT address (default: the running server's own)")
    .option('--http <url>', "the server's HTTP address (default: http://127.0.0.1:8080)")
    .action(async (options: LoadCommandOptions) => {
      process.exitCode = await withLocalApi(api => runLoad(api, options))
    })
}

async function runLoad(api: LocalApi, options: LoadCommandOptions): Promise<number> {
  const { devices, connections, rate, seconds, seed, run: runId } = options
  const { mqtt, http } = (await api.call('GET', '/api/v1/system')) as {
    readonly mqtt: string | null
    readonly http: string | null
  }
  const url = options.url ?? mqtt
  if (url === null)
    throw new SenError('SEN_INPUT_INVALID', 'load: no server with an MQTT door runs on this data folder')
  const plan = loadProvisioning({ runId, devices, sites: connections })
  await api.call('POST', '/api/v1/registry', { changes: changesOf(plan) })
  const credentials: Record<string, Credential> = {}
  for (const { id } of plan.sites)
    credentials[id] = (await api.call('POST', `/api/v1/sites/${id}/credentials`)) as Credential
  const stopping = new AbortController()
  process.once('SIGINT', () => {
    stopping.abort()
  })
  const ledgerFile = options.ledger ?? `${runId}.ledger`
  const summary = await load({
    url,
    credentials,
    ledgerFile,
    runId,
    devices,
    connections,
    rate,
    seconds,
    qos: options.qos === 0 ? 0 : 1,
    seed,
    signal: stopping.signal,
    log: threadLog('load', { SEN_LOG: 'warn' }),
    onProgress: progress => process.stderr.write(`${progressLine(progress)}\n`)
  })
  process.stderr.write(`${summaryText(summary)}\n`)
  if (!options.compare) return 0
  const { token } = (await api.call('POST', '/api/v1/tokens', { role: 'viewer', name: runId })) as {
    readonly token: string
  }
  await settled(api)
  const base = options.http ?? http ?? 'http://127.0.0.1:8080'
  const comparison = await compare({ http: base, token, ledgerFile })
  process.stdout.write(`${JSON.stringify({ ...summary, ...comparison })}\n`)
  const { lost, duplicated, altered, invented } = comparison
  return lost + duplicated + altered + invented === 0 ? 0 : 1
}

/** Waits until nothing is pending any more. */
async function settled(api: LocalApi): Promise<void> {
  for (;;) {
    const { messages, readings } = (await api.call('GET', '/api/v1/accounting')) as {
      readonly messages: { readonly pending: number }
      readonly readings: { readonly pending: number }
    }
    if (messages.pending === 0 && readings.pending === 0) return
    process.stderr.write(`waiting for ${messages.pending} messages and ${readings.pending} readings\n`)
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}
