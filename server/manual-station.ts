import { SenError } from '../model/errors.ts'
import type { Author } from '../model/audit.ts'
import type { Device, Site } from '../model/registry.ts'
import type { Administration } from './administration.ts'

/** The profile of what has no electronics: a staff gauge, a rain bucket, a person with a thermometer. */
export const manualProfile = 'manual-station'

/** @returns the id of the station that stands for readings by hand at a site without a device for them. */
export function manualStationId(site: string): string {
  return `${site.slice(0, 57)}-manual`
}

/**
 * Registers a site's manual station if it has none: whoever may enter readings there needs nobody else for it.
 *
 * @throws SenError `SEN_CONFLICT` if its id is taken by a device of another site.
 */
export async function manualStationOf(
  administration: Administration,
  devices: ReadonlyMap<string, Device>,
  site: Site,
  author: Author
): Promise<Device> {
  const id = manualStationId(site.id)
  const present = devices.get(id)
  if (present?.site === site.id) return present
  if (present)
    throw new SenError('SEN_CONFLICT', `add manual station of site ${site.id}: ${id} stands at ${present.site}`)
  const station: Device = {
    id,
    name: `Đo bằng tay – ${site.name}`.slice(0, 200),
    site: site.id,
    profile: manualProfile
  }
  await administration.change([{ kind: 'device', device: station }], author)
  return station
}
