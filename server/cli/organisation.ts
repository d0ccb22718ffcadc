import { Argument, Command, Option } from 'commander'
import { organisationKinds, rootOrganisation } from '../../model/registry.ts'
import type { Organisation } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { printRows } from './print-rows.ts'

/** `sen organisation`: who owns sites. */
export function commands(): readonly Command[] {
  const command = new Command('organisation').description('organisations: who owns sites')
  for (const one of [addCommand(), importCommand(), listCommand(), removeCommand()]) command.addCommand(one)
  return [command]
}

interface AddOptions {
  readonly name?: string
  readonly parent: string
  readonly commune?: string
  readonly kind?: string
}

/** `sen organisation add ID` */
function addCommand(): Command {
  return new Command('add')
    .argument('<id>')
    .description('adds an organisation')
    .option('--name <name>', 'its name (default: the id)')
    .option('--parent <id>', 'the organisation above it', rootOrganisation)
    .option('--commune <code>', '5-digit administrative code')
    .addOption(new Option('--kind <kind>', 'what it is').choices(organisationKinds))
    .action(async (id: string, options: AddOptions) => {
      await withLocalApi(api => api.call('POST', '/api/v1/organisations', { id, ...options, name: options.name ?? id }))
    })
}

/** `sen organisation import [nghe-an]` */
function importCommand(): Command {
  return new Command('import')
    .addArgument(new Argument('[set]', 'which province').choices(['nghe-an']).default('nghe-an'))
    .description('adds the communes, wards and agencies of a province that are missing, below the root')
    .action(async (set: string) => {
      const answer = await withLocalApi(api => api.call('POST', '/api/v1/organisations/import', { set }))
      const { communes, agencies, present } = answer as Readonly<Record<'communes' | 'agencies' | 'present', number>>
      process.stdout.write(`added ${communes} communes and wards, ${agencies} agencies; ${present} were there\n`)
    })
}

/** `sen organisation list` */
function listCommand(): Command {
  return new Command('list')
    .description('lists organisations: id, kind, the one above, commune, name (tab separated)')
    .action(async () => {
      const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/organisations'))) as {
        readonly items: readonly Organisation[]
      }
      printRows(items.map(({ id, kind, parent, commune, name }) => [id, kind, parent, commune, name]))
    })
}

/** `sen organisation remove ID` */
function removeCommand(): Command {
  return new Command('remove')
    .argument('<id>')
    .description('removes an organisation that nothing belongs to any more')
    .action(async (id: string) => {
      await withLocalApi(api => api.call('DELETE', `/api/v1/organisations/${encodeURIComponent(id)}`))
    })
}
