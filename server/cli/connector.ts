import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { parse } from 'yaml'
import { rootOrganisation } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { printLogin } from './print-login.ts'

/** `sen connector`: connections to other brokers. */
export function commands(): readonly Command[] {
  return [connectorCommand()]
}

/** `sen connector add|list|show|set|pause|resume|try|token|remove` */
function connectorCommand(): Command {
  const command = new Command('connector').description('connections to other brokers, and webhooks')
  command
    .command('add <type> <name>')
    .description(
      'chirpstack or tts: connects out to its broker (--url), or prints a login for ours (without); ' +
        'mqtt: any broker, by topic patterns and a mapping; webhook: prints an address that others call, and its token'
    )
    .option(
      '--url <url>',
      'chirpstack, mqtt: mqtt://user:password@host:1883; tts: mqtts://application%40tenant:apikey@host:8883'
    )
    .option('--topic <pattern...>', 'mqtt: topics with named levels, as farm/{site}/{device}/data')
    .option('--organisation <id>', 'owner of what comes in', rootOrganisation)
    .action(async (type: string, name: string, options: Setup & { organisation: string }) => {
      const { organisation } = options
      const body = { type, name, organisation, ...partsOf(options) }
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/connectors', body))
      if (type === 'webhook') return printWebhook(answer)
      if (options.url === undefined) return printLogin(answer)
      const { warning } = answer as { readonly warning?: string }
      if (warning !== undefined) process.stderr.write(`${warning}\n`)
    })
  command
    .command('set <name>')
    .description('changes a connection; the others go on')
    .option('--url <url>')
    .option('--topic <pattern...>', 'all the topics, as in add')
    .action(async (name: string, options: Setup) => {
      await withLocalApi(api => api.call('PATCH', pathOf(name), partsOf(options)))
    })
  for (const [verb, isPaused] of [
    ['pause', true],
    ['resume', false]
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(isPaused ? 'ends a connection and keeps it registered' : 'opens a paused connection again')
      .action(async (name: string) => {
        await withLocalApi(api => api.call('PATCH', pathOf(name), { isPaused }))
      })
  }
  command
    .command('try <topic> [payload]')
    .description(
      'shows what a mapping makes of one message (payload: the text, or - for standard input); keeps nothing'
    )
    .option('--topic <pattern...>', 'topics, as in add; none for a webhook')
    .requiredOption('--mapping <file>', mappingHint)
    .action(async (topic: string, payload: string | undefined, options: Setup) => {
      const { topics = [], mapping } = partsOf(options)
      const text = payload === undefined || payload === '-' ? readFileSync(0, 'utf8') : payload
      const body = { topics, mapping, topic, payload: text }
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/connectors/trial', body))
      process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`)
    })
  command
    .command('token <name>')
    .description("prints one more token for a webhook's address; earlier ones stay good until removed")
    .action(async (name: string) => {
      printWebhook(await withLocalApi(api => api.call('POST', `${pathOf(name)}/credentials`)))
    })
  command
    .command('list')
    .description('lists connections, their type, state and warning, one JSON a line')
    .action(async () => {
      const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/connectors'))) as {
        readonly items: readonly unknown[]
      }
      for (const item of items) process.stdout.write(`${JSON.stringify(item)}\n`)
    })
  command
    .command('remove <name>')
    .description('ends a connection and forgets it')
    .action(async (name: string) => {
      await withLocalApi(api => api.call('DELETE', pathOf(name)))
    })
  for (const one of command.commands) if (['add', 'set'].includes(one.name())) withFiles(one)
  return command
}

const mappingHint = 'YAML or JSON file that says where device, time and values stand (docs/connectors.md)'

interface Setup {
  readonly url?: string
  readonly topic?: readonly string[]
  readonly mapping?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly signatureHeader?: string
  readonly signatureSecretFile?: string
}

function withFiles(command: Command): void {
  command
    .option('--mapping <file>', mappingHint)
    .option('--ca <file>', "authority of the broker's certificate, PEM")
    .option('--cert <file>', "Sen's own certificate, PEM")
    .option('--key <file>', 'its key, PEM')
    .option('--signature-header <name>', 'webhook: the header in which its sender signs (HMAC-SHA-256)')
    .option('--signature-secret-file <file>', 'webhook: what it signs with')
}

function partsOf(options: Setup) {
  const { url, topic: topics, mapping, ca, cert, key, signatureHeader, signatureSecretFile } = options
  const text = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file, 'utf8'))
  const tls = { ca: text(ca), certificate: text(cert), key: text(key) }
  const secret = text(signatureSecretFile)?.trim()
  return {
    url,
    topics,
    mapping: mapping === undefined ? undefined : (parse(readFileSync(mapping, 'utf8')) as unknown),
    tls: Object.values(tls).some(part => part !== undefined) ? tls : undefined,
    signature: signatureHeader === undefined ? undefined : { header: signatureHeader, secret }
  }
}

function pathOf(name: string): string {
  return `/api/v1/connectors/${encodeURIComponent(name)}`
}

function printWebhook(answer: unknown): void {
  const { url, token } = answer as { readonly url: string; readonly token: string }
  process.stdout.write(`${url}\t${token}\n`)
}
