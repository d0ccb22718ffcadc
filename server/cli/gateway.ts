import { Command, InvalidArgumentError, Option } from 'commander'
import { SenError } from '../../model/errors.ts'
import { gateway, rootOrganisation } from '../../model/registry.ts'
import type { Gateway } from '../../model/registry.ts'
import { withLocalApi } from './local-api.ts'
import type { LocalApi } from './local-api.ts'
import { printRows } from './print-rows.ts'

/** `sen gateway`: LoRaWAN gateways, who owns them and who may see them. */
export function commands(): readonly Command[] {
  const command = new Command('gateway').description('LoRaWAN gateways: who owns them, who may see them')
  for (const one of [addCommand(), listCommand(), shareCommand(), removeCommand()]) command.addCommand(one)
  return [command]
}

interface AddOptions {
  readonly owner: string
  readonly name?: string
  readonly share: readonly string[]
  readonly commune?: string
  readonly latitude?: number
  readonly longitude?: number
  readonly altitude?: number
  readonly antennaHeight?: number
  readonly antennaGain?: number
  readonly link?: string
}

/** `sen gateway add EUI --owner O` */
function addCommand(): Command {
  return new Command('add')
    .argument('<eui>', 'its EUI, 16 hexadecimal digits in lower case')
    .description('registers a gateway')
    .option('--owner <id>', 'the organisation that answers for it', rootOrganisation)
    .option('--name <name>', 'its name (default: the EUI)')
    .option('--share <ids...>', 'organisations that may see it too', [])
    .option('--commune <code>', '5-digit administrative code')
    .option('--latitude <degrees>', 'of its antenna, WGS 84; with --longitude', number)
    .option('--longitude <degrees>', 'of its antenna, WGS 84; with --latitude', number)
    .option('--altitude <m>', 'of its antenna above sea level', number)
    .option('--antenna-height <m>', 'of its antenna above ground; with --antenna-gain', number)
    .option('--antenna-gain <dBi>', 'of its antenna, less the cable; with --antenna-height', number)
    .addOption(new Option('--link <link>', 'how it reaches its network server').choices(links))
    .action(async (id: string, { owner, name = id, share, commune, link, ...options }: AddOptions) => {
      const [position, antenna] = [positionOf(options), antennaOf(options)]
      const body = { id, name, owner, sharedWith: share, commune, link, position, antenna }
      await withLocalApi(api => api.call('POST', '/api/v1/gateways', body))
    })
}

/** `sen gateway list` */
function listCommand(): Command {
  return new Command('list')
    .description('lists gateways: EUI, owner, commune, shared with (comma separated), name (tab separated)')
    .action(async () => {
      const { items } = (await withLocalApi(api => api.call('GET', '/api/v1/gateways'))) as {
        readonly items: readonly Gateway[]
      }
      printRows(items.map(one => [one.id, one.owner, one.commune, one.sharedWith.join(','), one.name]))
    })
}

/** `sen gateway share EUI ORGANISATION…` */
function shareCommand(): Command {
  return new Command('share')
    .argument('<eui>')
    .argument('<organisations...>', 'who may see it too')
    .description('lets other organisations see a gateway')
    .option('--end', 'lets them see it no longer')
    .action(async (id: string, organisations: readonly string[], { end = false }: { end?: boolean }) => {
      await withLocalApi(api => share(api, id, { organisations, isEnded: end }))
    })
}

async function share(
  api: LocalApi,
  id: string,
  change: { readonly organisations: readonly string[]; readonly isEnded: boolean }
): Promise<void> {
  const path = `/api/v1/gateways/${encodeURIComponent(id)}`
  const { sharedWith } = (await api.call('GET', path)) as Gateway
  const others = sharedWith.filter(one => !change.organisations.includes(one))
  await api.call('PATCH', path, { sharedWith: change.isEnded ? others : [...others, ...change.organisations] })
}

/** `sen gateway remove EUI` */
function removeCommand(): Command {
  return new Command('remove')
    .argument('<eui>')
    .description('forgets a gateway')
    .action(async (id: string) => {
      await withLocalApi(api => api.call('DELETE', `/api/v1/gateways/${encodeURIComponent(id)}`))
    })
}

const links = gateway.shape.link.unwrap().options

function positionOf({ latitude, longitude, altitude }: Omit<AddOptions, 'owner' | 'share'>): Gateway['position'] {
  if (latitude === undefined && longitude === undefined && altitude === undefined) return undefined
  if (latitude === undefined || longitude === undefined) throw together('--latitude and --longitude')
  return { latitude, longitude, ...(altitude !== undefined && { altitude }) }
}

function antennaOf({ antennaHeight, antennaGain }: Omit<AddOptions, 'owner' | 'share'>): Gateway['antenna'] {
  if (antennaHeight === undefined && antennaGain === undefined) return undefined
  if (antennaHeight === undefined || antennaGain === undefined) throw together('--antenna-height and --antenna-gain')
  return { heightM: antennaHeight, gainDbi: antennaGain }
}

function together(options: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `add gateway: ${options} are given together`)
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new InvalidArgumentError('must be a number')
}
