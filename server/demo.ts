import { ngheAnOrganisations } from '../devices/places/nghe-an-organisations.ts'
import type { Calculation } from '../model/calculation.ts'
import { rootOrganisation } from '../model/registry.ts'
import type { SimulationCredentials } from '../simulators/simulate.ts'
import { farms } from '../simulators/province/farms.ts'
import { changesOf, provisioning } from '../simulators/province/provisioning.ts'
import type { Administration } from './administration.ts'

/** The one calculation that is on by default: what the weather stations of the simulated farms feel like. */
const heat: Calculation = {
  ...{ id: 'demo-nong-buc', organisation: rootOrganisation, version: 1, isEnabled: true, author: '' },
  name: { vi: 'Chỉ số nóng bức của trạm thời tiết', en: 'Heat index of the weather stations' },
  scope: { profiles: ['json-weather'] },
  formula: { kind: 'heat-index' }
}

/**
 * Registers the province's organisations and the simulated part of it where they are not registered yet, and gives the
 * simulator fresh logins; those of an earlier start end.
 */
export async function registerDemo(
  administration: Administration,
  demo: { readonly devices: number; readonly seed: number }
): Promise<SimulationCredentials> {
  await administration.importOrganisations(ngheAnOrganisations)
  const { organisations, sites, devices, gateways = [] } = provisioning(demo)
  await administration.change(
    changesOf({
      organisations: organisations.filter(({ id }) => !administration.has('organisation', id)),
      sites: sites.filter(({ id }) => !administration.has('site', id)),
      devices: devices.filter(({ id }) => !administration.has('device', id)),
      gateways: gateways.filter(({ id }) => !administration.has('gateway', id))
    })
  )
  if (!administration.has('calculation', heat.id))
    await administration.change([{ kind: 'calculation', calculation: heat }])
  const logins = await Promise.all(
    farms.map(async ({ site }) => [site, await administration.renewCredential('site', site)] as const)
  )
  return {
    connector: await administration.renewCredential('connector', 'simulator'),
    sites: Object.fromEntries(logins)
  }
}
