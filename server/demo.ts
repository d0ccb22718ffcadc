import type { SimulationCredentials } from '../simulators/simulate.ts'
import { provisioning } from '../simulators/province/provisioning.ts'
import type { Administration } from './administration.ts'

/**
 * Registers the simulated province where it is not registered yet, and gives the simulator fresh logins; those of an
 * earlier start end.
 */
export async function registerDemo(
  administration: Administration,
  demo: { readonly devices: number; readonly seed: number }
): Promise<SimulationCredentials> {
  const { organisations, sites, devices } = provisioning(demo)
  await administration.change([
    ...organisations
      .filter(({ id }) => !administration.has('organisation', id))
      .map(organisation => ({ kind: 'organisation', organisation }) as const),
    ...sites.filter(({ id }) => !administration.has('site', id)).map(site => ({ kind: 'site', site }) as const),
    ...devices
      .filter(({ id }) => !administration.has('device', id))
      .map(device => ({ kind: 'device', device }) as const)
  ])
  const farms = sites.filter(({ organisation }) => organisation !== 'xa-kim-lien')
  const logins = await Promise.all(
    farms.map(async ({ id }) => [id, await administration.renewCredential('site', id)] as const)
  )
  return {
    connector: await administration.renewCredential('connector', 'simulator'),
    sites: Object.fromEntries(logins)
  }
}
