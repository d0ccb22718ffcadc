import { rootOrganisation } from '../../model/registry.ts'
import type { Device, Gateway, Organisation, RegistryChange, Site } from '../../model/registry.ts'
import type { Rule } from '../../model/rule.ts'
import { farms } from './farms.ts'
import { gateways, hamlets, kimLienCommune, loraDevices } from './kim-lien.ts'
import { gatewayGainDb } from './radio.ts'

/** How many LoRaWAN devices the simulated commune has unless told otherwise. */
export const defaultLoraDevices = 60

/** What has to be in the registry before simulated messages are taken. Owners come before what they own. */
export interface Provisioning {
  readonly organisations: readonly Organisation[]
  readonly sites: readonly Site[]
  readonly devices: readonly Device[]
  readonly gateways?: readonly Gateway[]
  readonly rules?: readonly Rule[]
}

/** The commune of the LoRaWAN pilot, as the set of the province's organisations has it. */
const kimLien: Organisation = {
  id: 'xa-kim-lien',
  name: 'Xã Kim Liên',
  nameEn: 'Kim Liên Commune',
  kind: 'commune',
  parent: rootOrganisation,
  commune: kimLienCommune
}

/** Gateways that others than the commune may see, and who. */
const sharedWith: Readonly<Record<string, readonly string[]>> = { '24e124fffef79102': ['htx-nam-dan'] }

/**
 * The simulated province's part of the registry: the commune Kim Liên with its LoRaWAN devices and gateways, and two
 * farms. Pure, and the ids do not depend on the seed, so another seed moves devices but makes no new ones.
 *
 * @param devices - number of LoRaWAN devices, half Dragino LSE01 and half Milesight EM300-TH; the farms' ten come on top.
 * @param seed - the seed `simulate` is given: it decides where devices stand.
 */
export function provisioning({
  devices = defaultLoraDevices,
  seed = 1
}: {
  readonly devices?: number
  readonly seed?: number
} = {}): Provisioning {
  return {
    organisations: [kimLien, ...farms.map(({ owner, commune }) => ({ ...owner, parent: rootOrganisation, commune }))],
    sites: [
      ...hamlets.map(({ site, name, position }) => ({
        id: site,
        name,
        organisation: kimLien.id,
        commune: kimLienCommune,
        position
      })),
      ...farms.map(({ site, name, owner, commune, position }) => ({
        id: site,
        name,
        organisation: owner.id,
        commune,
        position
      }))
    ],
    devices: [
      ...loraDevices({ devices, seed }).map(({ id, name, site, model, position, height }) => ({
        id,
        name,
        site,
        profile: model,
        simulated: true,
        mounting: { position, height }
      })),
      ...farms.flatMap(farm =>
        farm.devices.map(({ id, name, site, mounting }) => ({
          id,
          name,
          site,
          profile: 'json-weather',
          mounting,
          simulated: true
        }))
      )
    ],
    gateways: gateways.map(({ id, name, position, heightM }) => ({
      id,
      name,
      owner: kimLien.id,
      sharedWith: [...(sharedWith[id] ?? [])],
      commune: kimLienCommune,
      position,
      antenna: { heightM, gainDbi: gatewayGainDb },
      link: '4g',
      simulated: true
    }))
  }
}

/** @returns the registry changes that bring it about, in an order that can be applied. */
export function changesOf({
  organisations,
  sites,
  devices,
  gateways = [],
  rules = []
}: Provisioning): readonly RegistryChange[] {
  return [
    ...organisations.map(organisation => ({ kind: 'organisation', organisation }) as const),
    ...sites.map(site => ({ kind: 'site', site }) as const),
    ...devices.map(device => ({ kind: 'device', device }) as const),
    ...gateways.map(gateway => ({ kind: 'gateway', gateway }) as const),
    ...rules.map(rule => ({ kind: 'rule', rule }) as const)
  ]
}
