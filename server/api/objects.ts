import type { Device, Site } from '../../model/registry.ts'
import type { Actor, AuthorisedObject } from '../auth/authorise.ts'
import type { Services } from '../services.ts'

/** A device as a decision about rights sees it. */
export function objectOfDevice({ registry }: Services, device: Device): AuthorisedObject {
  return { organisation: registry.organisationOf(device) ?? '', isSimulated: device.simulated === true }
}

/** A site as a decision about rights sees it: simulated if all that stands there is, and something does. */
export function objectOfSite({ registry }: Services, actor: Actor, { id, organisation }: Site): AuthorisedObject {
  if (!actor.isSandbox) return { organisation }
  const here = [...registry.devices.values()].filter(({ site }) => site === id)
  return { organisation, isSimulated: here.length > 0 && here.every(({ simulated }) => simulated === true) }
}

/** An organisation as a decision about rights sees it: simulated if a site of its own is. */
export function objectOfOrganisation(services: Services, actor: Actor, organisation: string): AuthorisedObject {
  if (!actor.isSandbox) return { organisation }
  const sites = [...services.registry.sites.values()].filter(site => site.organisation === organisation)
  return { organisation, isSimulated: sites.some(site => objectOfSite(services, actor, site).isSimulated === true) }
}
