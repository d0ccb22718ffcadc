import { Command } from 'commander'
import { rootOrganisation } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { printLogin } from './print-login.ts'

/** `sen connector`: connections to other brokers. */
export function commands(): readonly Command[] {
  return [connectorCommand()]
}

/** `sen connector add chirpstack|tts NAME [--url …]` */
function connectorCommand(): Command {
  const command = new Command('connector').description('connections to other brokers')
  command
    .command('add <type> <name>')
    .description(
      'type chirpstack or tts: connects out to its broker (--url), or prints a login for ours and its webhook (without)'
    )
    .option(
      '--url <url>',
      'chirpstack: mqtt://user:password@host:1883 of the broker it publishes to; ' +
        'tts: mqtts://application%40tenant:apikey@host:8883'
    )
    .option('--organisation <id>', 'owner of what comes in', rootOrganisation)
    .action(async (type: string, name: string, options: { url?: string; organisation: string }) => {
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/connectors', { type, name, ...options }))
      if (options.url === undefined) return printLogin(answer)
      const { warning } = answer as { readonly warning?: string }
      if (warning !== undefined) process.stderr.write(`${warning}\n`)
    })
  command
    .command('list')
    .description('lists outgoing connections, their type, state and warning, one JSON a line')
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
      await withLocalApi(api => api.call('DELETE', `/api/v1/connectors/${encodeURIComponent(name)}`))
    })
  return command
}
