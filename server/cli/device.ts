import { Command } from 'commander'
import { credentialCommand } from './credential.ts'
import { lifeCommands } from './device-life.ts'
import { withLocalApi } from './local-api.ts'

/** `sen device`: sensors, controllers, trackers. */
export function commands(): readonly Command[] {
  return [deviceCommand()]
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
  command.addCommand(credentialCommand('devices', 'device'))
  for (const one of lifeCommands()) command.addCommand(one)
  return command
}
