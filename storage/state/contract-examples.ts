import type { Device, RegistryChange, Site } from '../../model/registry.ts'
import type { StateStore } from './state-store.ts'

/* Changes and steps that the contract suites share. */

/** The root organisation. */
export const province = organisation('root', undefined, 'Nghệ An')
/** A site of the root's. */
export const farm = site('farm-1', 'root')

/** A change that makes an organisation, below `parent` if given. */
export function organisation(id: string, parent?: string, name = id): RegistryChange & { kind: 'organisation' } {
  return { kind: 'organisation', organisation: { id, name, ...(parent !== undefined && { parent }) } }
}

/** A change that makes a site, owned by `owner`. */
export function site(id: string, owner: string): RegistryChange & { kind: 'site' } {
  const value: Site = {
    id,
    name: id,
    organisation: owner,
    commune: '17329',
    position: { latitude: 18.68, longitude: 105.56 }
  }
  return { kind: 'site', site: value }
}

/** A device at `farm`, with everything a device can have. */
export function device(id: string): Device {
  const externalIds = { serial: '6136A1234567', ['__proto__']: 'p', constructor: 'c' }
  return { id, name: `Đo ẩm ${id}`, site: 'farm-1', profile: 'json-weather', mounting: { height: -0.2 }, externalIds }
}

/** A change that makes the device, at another site if given. */
export function sensor(id: string, at = 'farm-1'): RegistryChange {
  return { kind: 'device', device: { ...device(id), site: at } }
}

/** A change that makes a gateway. */
export function gateway(
  id: string,
  owner: string,
  ...sharedWith: readonly string[]
): RegistryChange & { kind: 'gateway' } {
  const position = { latitude: 18.66, longitude: 105.56, altitude: 34 }
  const antenna = { heightM: 27, gainDbi: 3 }
  return {
    kind: 'gateway',
    gateway: {
      id,
      name: `Trạm ${id}`,
      owner,
      sharedWith: [...sharedWith],
      commune: '17971',
      position,
      antenna,
      link: '4g'
    }
  }
}

/** A change that makes a group of communes. */
export function placeGroup(id: string, ...communes: readonly string[]): RegistryChange & { kind: 'place-group' } {
  return { kind: 'place-group', placeGroup: { id, name: `Vùng ${id}`, communes: [...communes] } }
}

/** A change that sets what a connector's messages mean. */
export function mapping(id: string, organisation: string): RegistryChange & { kind: 'connector-mapping' } {
  const topics = ['farm/{device}/data']
  return {
    kind: 'connector-mapping',
    mapping: { id, organisation, topics, mapping: { payload: 'json', device: '{device}' } }
  }
}

/** The ids, in order. */
export function ids(entries: readonly { readonly id: number }[]): readonly number[] {
  return entries.map(entry => entry.id)
}

/** The id at an index; -1, which nothing has, where there is none. */
export function idAt(entries: readonly { readonly id: number }[], index: number): number {
  return entries[index]?.id ?? -1
}

/** Makes changes and lets them take effect at `from`, `from` + 1, … */
export async function place(store: StateStore, changes: readonly RegistryChange[], from: number): Promise<void> {
  const entries = await store.change(changes, from - 1)
  await store.appended(entries.map(({ id }, index) => ({ id, position: from + index })))
}

/** What a token has that is neither rotated nor used, sees everything and asks as often as it likes. */
export const plainToken = {
  isSandbox: false,
  perMinute: undefined,
  lastUsedAt: undefined,
  previous: undefined
} as const
