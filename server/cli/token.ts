import { Command } from 'commander'
import { rootOrganisation } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { positive } from './start.ts'

/** `sen token`: programs' ways in. */
export function commands(): readonly Command[] {
  return [tokenCommand()]
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
