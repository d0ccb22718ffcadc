import { Command } from 'commander'
import { rootOrganisation } from '../../model/registry.ts'
import { credentialCommand } from './credential.ts'
import { withLocalApi } from './local-api.ts'
import { printLogin } from './print-login.ts'

/** `sen site`: where devices stand. */
export function commands(): readonly Command[] {
  return [siteCommand()]
}

/** `sen site add S`, `sen site credential S`, `sen site credential list S`, `sen site remove S` */
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
  const credential = credentialCommand('sites', 'site')
    .argument('[id]', 'prints a new login of this site')
    .description('prints a login that opens site/<id>/# (user name, password; tab separated; shown this once)')
    .action(async (id: string | undefined) => {
      if (id === undefined) return credential.help()
      printLogin(await withLocalApi(api => api.call('POST', `/api/v1/sites/${encodeURIComponent(id)}/credentials`)))
    })
  command.addCommand(credential)
  command
    .command('remove <id>')
    .description('removes a site without devices, and its logins')
    .action(async (id: string) => {
      await withLocalApi(api => api.call('DELETE', `/api/v1/sites/${encodeURIComponent(id)}`))
    })
  return command
}
