import { Command } from 'commander'
import { rootOrganisation } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { positive } from './start.ts'

/** The commands that change who and what is known. */
export function commands(): readonly Command[] {
  return [tokenCommand(), organisationCommand(), siteCommand(), deviceCommand(), connectorCommand()]
}

/** A login as scripts read it: user name and password, tab separated. */
function printLogin(answer: unknown): void {
  const { username, password } = answer as { readonly username: string; readonly password: string }
  process.stdout.write(`${username}\t${password}\n`)
}

/** `sen organisation add ID` */
function organisationCommand(): Command {
  const command = new Command('organisation').description('organisations: who owns sites')
  command
    .command('add <id>')
    .description('adds an organisation')
    .option('--name <name>', 'its name (default: the id)')
    .option('--parent <id>', 'the organisation above it', rootOrganisation)
    .option('--commune <code>', '5-digit administrative code')
    .action(async (id: string, options: { name?: string; parent: string; commune?: string }) => {
      await withLocalApi(api => api.call('POST', '/api/v1/organisations', { id, ...options, name: options.name ?? id }))
    })
  return command
}

/** `sen site add S`, `sen site credential S` */
function siteCommand(): Command {
  const command = new Command('site').description('sites: where devices stand')
  command
    .command('add <id>')
    .description('adds a site')
    .option('--name <name>', 'its name (default: the id)')
    .option('--organisation <id>', 'its owner', rootOrganisation)
    .option('--commune <code>', '5-digit administrative code')
    .action(async (id: string, options: { name?: string; organisation: string; commune?: string }) => {
      await withLocalApi(api => api.call('POST', '/api/v1/sites', { id, ...options, name: options.name ?? id }))
    })
  command
    .command('credential <id>')
    .description('prints a login that opens site/<id>/# (user name, password; tab separated; shown this once)')
    .action(async (id: string) => {
      printLogin(await withLocalApi(api => api.call('POST', `/api/v1/sites/${encodeURIComponent(id)}/credentials`)))
    })
  return command
}

/** `sen device add ID --site S --profile P` */
function deviceCommand(): Command {
  const command = new Command('device').description('devices: sensors, controllers, trackers')
  command
    .command('add <id>')
    .description('adds a device and prints its MQTT password (user name = the id; shown this once)')
    .requiredOption('--site <id>', 'where it stands')
    .requiredOption('--profile <id>', 'what kind of device it is, for example json-weather')
    .option('--name <name>', 'its name (default: the id)')
    .action(async (id: string, options: { name?: string; site: string; profile: string }) => {
      const body = { id, ...options, name: options.name ?? id }
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/devices', body))
      const { mqtt } = answer as { readonly mqtt: { readonly password: string } }
      process.stdout.write(`${mqtt.password}\n`)
    })
  command
    .command('list')
    .description('lists devices: id, site, profile, name (tab separated)')
    .action(async () => {
      const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/devices'))) as {
        readonly items: readonly {
          readonly id: string
          readonly site: string
          readonly profile: string
          readonly name: string
        }[]
      }
      for (const { id, site, profile, name } of items) process.stdout.write(`${id}\t${site}\t${profile}\t${name}\n`)
    })
  command
    .command('remove <id>')
    .description('removes a device and its logins; its history stays')
    .action(async (id: string) => {
      await withLocalApi(api => api.call('DELETE', `/api/v1/devices/${encodeURIComponent(id)}`))
    })
  return command
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

/** `sen token --role administrator` */
function tokenCommand(): Command {
  return new Command('token')
    .description('prints a new API token (shown this once)')
    .requiredOption('--role <role>', 'administrator, operator, viewer or ingest')
    .option('--organisation <id>', 'root of the subtree it opens', rootOrganisation)
    .option('--name <name>', 'what it is for', 'cli')
    .option('--expires <days>', 'how long it is good (default: for ever)', positive)
    .action(async ({ expires, ...options }: { role: string; organisation: string; name: string; expires?: number }) => {
      const body = { ...options, ...(expires !== undefined && { expiresInDays: expires }) }
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/tokens', body))
      process.stdout.write(`${(answer as { readonly token: string }).token}\n`)
    })
}
