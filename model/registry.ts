import { z } from 'zod'
import { communeCode, deviceId, organisationId, profileId, siteId } from './ids.ts'

/** What can be given back as it came. */
const text = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or halves of characters')
const name = text.trim().min(1).max(200)

/** A place in WGS 84: degrees, and metres above sea level where known. */
export const geoPosition = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  altitude: z.number().min(-500).max(9000).optional()
})
export type GeoPosition = z.infer<typeof geoPosition>

/** Who owns sites: the province, an agency, a commune or ward, a company. The root has no parent. */
export const organisation = z.object({
  id: organisationId,
  name,
  parent: organisationId.optional(),
  commune: communeCode.optional()
})
export type Organisation = z.infer<typeof organisation>

/** The organisation that exists from the first start. */
export const rootOrganisation = 'root'

/** A farm, a river station, a street: devices stand at a site, a site belongs to one organisation. */
export const site = z.object({
  id: siteId,
  name,
  organisation: organisationId,
  commune: communeCode.optional(),
  position: geoPosition.optional()
})
export type Site = z.infer<typeof site>

/** How and where a device is mounted. */
export const mounting = z.object({
  position: geoPosition.optional(),
  /** Height above ground (negative: depth below it), m. */
  height: z.number().min(-1000).max(1000).optional(),
  /** Added to a measured level to reach the site's datum, m. */
  datumOffset: z.number().min(-10_000).max(10_000).optional(),
  plot: text.max(100).optional()
})
export type Mounting = z.infer<typeof mounting>

/** A sensor, controller or tracker. Its profile says how its payload is read. */
export const device = z.object({
  id: deviceId,
  name,
  site: siteId,
  profile: profileId,
  mounting: mounting.optional(),
  /** Belongs to the simulated province: each of its readings says so. */
  simulated: z.boolean().optional(),
  /** Ids under which other systems know the device, for example `{"serial": "6136A1234567"}`. */
  externalIds: z.record(text.max(64), text.max(200)).optional()
})
export type Device = z.infer<typeof device>

/** A change of the registry: the whole new value of one thing. Applying one twice changes nothing. */
export const registryChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('organisation'), organisation }),
  z.object({ kind: z.literal('site'), site }),
  z.object({ kind: z.literal('device'), device }),
  z.object({ kind: z.literal('device-removed'), id: deviceId })
])
export type RegistryChange = z.infer<typeof registryChange>
