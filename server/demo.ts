import { ngheAnOrganisations } from '../devices/places/nghe-an-organisations.ts'
import type { SimulationCredentials } from '../simulators/simulate.ts'
import { farms } from '../simulators/province/farms.ts'
import { changesOf, provisioning } from '../simulators/province/provisioning.ts'
import type { Administration } from './administration.ts'

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
  const logins = await Promise.all(
    farms.map(async ({ site }) => [site, await administration.renewCredential('site', site)] as const)
  )
  return {
    connector: await administration.renewCredential('connector', 'simulator'),
    sites: Object.fromEntries(logins)
  }
}
