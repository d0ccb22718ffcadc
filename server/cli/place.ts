import { Command } from 'commander'
import type { PlaceGroup } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import { printRows } from './print-rows.ts'

/** `sen place`: communes, and groups of communes viewed as one place. */
export function commands(): readonly Command[] {
  const group = new Command('group').description('groups of communes viewed as one place')
  for (const one of [addCommand(), groupsCommand(), removeCommand()]) group.addCommand(one)
  const place = new Command('place').description('communes, wards, and groups of them')
  return [place.addCommand(listCommand()).addCommand(group)]
}

/** `sen place list` */
function listCommand(): Command {
  return new Command('list')
    .description('lists places: id (a commune: its code), kind, sites, devices, name (tab separated)')
    .action(async () => {
      const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/places'))) as {
        readonly items: readonly {
          readonly id: string
          readonly kind: string
          readonly sites: number
          readonly devices: number
          readonly name: string
          readonly fullName?: string
        }[]
      }
      printRows(items.map(one => [one.id, one.kind, one.sites, one.devices, one.fullName ?? one.name]))
    })
}

/** `sen place group add ID CODE…` */
function addCommand(): Command {
  return new Command('add')
    .argument('<id>')
    .argument('<communes...>', 'their 5-digit administrative codes')
    .description('makes one place of several communes')
    .option('--name <name>', 'its name (default: the id)')
    .action(async (id: string, communes: readonly string[], { name = id }: { name?: string }) => {
      await withLocalApi(api => api.call('POST', '/api/v1/place-groups', { id, name, communes }))
    })
}

/** `sen place group list` */
function groupsCommand(): Command {
  return new Command('list')
    .description('lists groups: id, codes of their communes (comma separated), name (tab separated)')
    .action(async () => {
      const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/place-groups'))) as {
        readonly items: readonly PlaceGroup[]
      }
      printRows(items.map(({ id, communes, name }) => [id, communes.join(','), name]))
    })
}

/** `sen place group remove ID` */
function removeCommand(): Command {
  return new Command('remove')
    .argument('<id>')
    .description('removes a group; its communes stay')
    .action(async (id: string) => {
      await withLocalApi(api => api.call('DELETE', `/api/v1/place-groups/${encodeURIComponent(id)}`))
    })
}
