import { SenError } from '../../model/errors.ts'
import { lacksDatum } from '../../model/datum.ts'
import type { Device, Site } from '../../model/registry.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import type { OwnedFinding } from '../onboarding/unclaimed-list.ts'
import type { Services } from '../services.ts'
import { demand, may, mayRead } from './actor.ts'
import { objectOfDevice } from './objects.ts'

/** A device as the API shows it: with whom it belongs to, and what people must know before they rely on it. */
export function shownDevice(services: Services, one: Device) {
  const { registry } = services
  const at = registry.sites.get(one.site)
  const isUnlevelled = lacksDatum(one, measuredBy(services, one))
  return {
    ...one,
    organisation: at?.organisation,
    commune: at && registry.communeOf(at),
    /** `no-datum`: measures water levels without an offset to the site's datum ("chưa có cao trình"). */
    ...(isUnlevelled && { marks: ['no-datum'] })
  }
}

/** What the device measures: what its profile names, and what it has sent where the profile takes every metric. */
export function measuredBy({ profiles, series }: Services, { id, profile }: Device): readonly string[] {
  const found = profiles.get(profile)
  const named = found?.profile.fields['*'] === undefined ? (found?.metrics.map(({ name }) => name) ?? []) : []
  return [...new Set([...named, ...series.ofDevice(id).map(({ metric }) => metric)])]
}

/** @throws SenError `SEN_NOT_FOUND` if there is none that the actor may see. */
export function visibleDevice(services: Services, actor: Actor, id: string): Device {
  const found = services.registry.devices.get(id)
  if (found && mayRead(services, actor, objectOfDevice(services, found))) return found
  throw new SenError('SEN_NOT_FOUND', `find device ${id}: there is none`)
}

/** @throws SenError if the actor may not manage devices at the site. */
export function demandSite(services: Services, actor: Actor, id: string): Site {
  const found = services.registry.sites.get(id)
  if (!found) throw new SenError('SEN_NOT_FOUND', `find site ${id}: there is none`)
  demand(services, actor, 'manage-devices', found.organisation, `site ${id}`)
  return found
}

/** @returns the device, if the actor may manage it. */
export function managedDevice(services: Services, actor: Actor, id: string): Device {
  const found = visibleDevice(services, actor, id)
  demandSite(services, actor, found.site)
  return found
}

/**
 * Says no to a radio that somebody else's site or connector has brought: it is theirs. What an organisation above brings may
 * be registered below it.
 *
 * @param organisation - whose the device shall be.
 * @throws SenError `SEN_NOT_FOUND`.
 */
export async function demandFinding(
  services: Services,
  actor: Actor,
  hardware: string,
  organisation: string
): Promise<OwnedFinding | undefined> {
  const [owned] = await services.onboarding.unclaimed.found([hardware])
  if (!owned || may(services, actor, 'manage-devices', owned.organisation)) return owned
  if (isWithin(organisation, owned.organisation, services.registry.organisations)) return owned
  throw new SenError('SEN_NOT_FOUND', `find unclaimed device ${hardware}: there is none`)
}

/**
 * Says no to a profile that does not exist, and to a LoRaWAN device without a DevEUI.
 *
 * @throws SenError `SEN_INPUT_INVALID`.
 */
export function demandProfile({ profiles }: Services, { id, profile, hardware = id }: Device): void {
  const found = profiles.get(profile)
  if (found?.profile.payload === 'lorawan' && !/^[0-9a-f]{16}$/.test(hardware)) {
    throw new SenError(
      'SEN_INPUT_INVALID',
      `add device ${id}: a LoRaWAN device's id is its DevEUI, 16 hexadecimal digits in lower case`,
      { hint: 'With another id, "hardware" must be its DevEUI.' }
    )
  }
  if (found) return
  throw new SenError('SEN_INPUT_INVALID', `set profile ${profile}: there is no such profile`, {
    hint: `Known profiles: ${[...profiles.keys()].join(', ')}`
  })
}
