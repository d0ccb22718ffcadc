import { z } from 'zod'
import { calculation } from './calculation.ts'
import { connectorMapping, connectorName } from './connector-mapping.ts'
import {
  calculationId,
  communeCode,
  devEui,
  deviceId,
  gatewayId,
  metricName,
  organisationId,
  placeGroupId,
  profileId,
  ruleId,
  siteId,
  tag
} from './ids.ts'
import { profileVersion } from './profile.ts'
import { rule } from './rule.ts'

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

/** What an organisation can be; `commune` is a ward too. */
export const organisationKinds = [
  'province',
  'agency',
  'commune',
  'company',
  'cooperative',
  'household',
  'other'
] as const
export type OrganisationKind = (typeof organisationKinds)[number]

/** Who owns sites: the province, an agency, a commune or ward, a company. The root has no parent. */
export const organisation = z.object({
  id: organisationId,
  name,
  /** Its name in English, where it has one. */
  nameEn: name.optional(),
  /** See `kindOf` where it is left out. Rights follow the tree and never the kind. */
  kind: z.enum(organisationKinds).optional(),
  parent: organisationId.optional(),
  /** The commune that it is, or has its seat in. */
  commune: communeCode.optional()
})
export type Organisation = z.infer<typeof organisation>

/** The organisation that exists from the first start. */
export const rootOrganisation = 'root'

/** What the organisation is. One that does not say is the province if it is the root, else `other`. */
export function kindOf({ id, kind }: Organisation): OrganisationKind {
  return kind ?? (id === rootOrganisation ? 'province' : 'other')
}

/** A farm, a river station, a street: devices stand at a site, a site belongs to one organisation. */
export const site = z.object({
  id: siteId,
  name,
  organisation: organisationId,
  commune: communeCode.optional(),
  position: geoPosition.optional()
})
export type Site = z.infer<typeof site>

const eachOnce = (list: readonly string[]): boolean => new Set(list).size === list.length

/** How and where a device is mounted. */
export const mounting = z.object({
  position: geoPosition.optional(),
  /** Height above ground (negative: depth below it), m. */
  height: z.number().min(-1000).max(1000).optional(),
  /** Added to a measured level to reach the site's datum, m. */
  datumOffset: z.number().min(-10_000).max(10_000).optional(),
  plot: text.max(100).optional(),
  /** SHA-256 of the photo of the finished work, hex; the server keeps the picture itself. */
  photo: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of a photo, 64 hexadecimal digits in lower case')
    .optional()
})
export type Mounting = z.infer<typeof mounting>

/** A sensor, controller or tracker. Its profile says how its payload is read. */
export const device = z.object({
  id: deviceId,
  name,
  site: siteId,
  profile: profileId,
  /**
   * The DevEUI that speaks for the device; its own id where left out. A sensor that takes the place of a broken one speaks
   * for the same device, whose id and series go on.
   */
  hardware: devEui.optional(),
  /** Whose place `hardware` has taken, the newest last: what they still send is not the device's any more. */
  formerHardware: z.array(deviceId).max(50).optional(),
  /** Out of service since then (ISO 8601): its data stay, what it sends is set aside, its silence is no fault. */
  decommissionedAt: z.iso.datetime({ offset: true }).optional(),
  mounting: mounting.optional(),
  /** What rules group it by. */
  tags: z.array(tag).max(20).refine(eachOnce, 'must name each tag once').optional(),
  /** Belongs to the simulated province: each of its readings says so. */
  simulated: z.boolean().optional(),
  /** Ids under which other systems know the device, for example `{"serial": "6136A1234567"}`. */
  externalIds: z.record(text.max(64), text.max(200)).optional()
})
export type Device = z.infer<typeof device>

/** A LoRaWAN gateway: one organisation owns it, others may see it. */
export const gateway = z.object({
  id: gatewayId,
  name,
  /** Who answers for it, and alone changes it. */
  owner: organisationId,
  /** Who else may see it. */
  sharedWith: z.array(organisationId).max(200).refine(eachOnce, 'must name each organisation once'),
  commune: communeCode.optional(),
  /** Of the antenna, altitude included. */
  position: geoPosition.optional(),
  antenna: z
    .object({
      /** Above ground, m. */
      heightM: z.number().min(0).max(500),
      /** Less the loss of its cable, dBi. */
      gainDbi: z.number().min(-20).max(40)
    })
    .optional(),
  /** How it reaches its network server. */
  link: z.enum(['lora-backhaul', '4g', 'fibre', 'satellite']).optional(),
  /** Belongs to the simulated province. */
  simulated: z.boolean().optional()
})
export type Gateway = z.infer<typeof gateway>

/** Communes viewed as one place: a district of old, a river basin, the wards of a city. */
export const placeGroup = z.object({
  id: placeGroupId,
  name,
  /** Its name in English, where it has one. */
  nameEn: name.optional(),
  communes: z.array(communeCode).min(1).max(1000).refine(eachOnce, 'must name each commune once')
})
export type PlaceGroup = z.infer<typeof placeGroup>

/** A change of the registry: the whole new value of one thing, or its removal. Applying one twice changes nothing. */
export const registryChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('organisation'), organisation }),
  z.object({ kind: z.literal('organisation-removed'), id: organisationId }),
  z.object({ kind: z.literal('site'), site }),
  z.object({ kind: z.literal('site-removed'), id: siteId }),
  z.object({ kind: z.literal('device'), device }),
  z.object({ kind: z.literal('device-removed'), id: deviceId }),
  z.object({ kind: z.literal('gateway'), gateway }),
  z.object({ kind: z.literal('gateway-removed'), id: gatewayId }),
  z.object({ kind: z.literal('place-group'), placeGroup }),
  z.object({ kind: z.literal('place-group-removed'), id: placeGroupId }),
  z.object({ kind: z.literal('profile'), version: profileVersion }),
  z.object({ kind: z.literal('profile-removed'), id: profileId }),
  z.object({ kind: z.literal('connector-mapping'), mapping: connectorMapping }),
  z.object({ kind: z.literal('connector-mapping-removed'), id: connectorName }),
  /** Metrics of a device whose values are doubted from here on: all of them, none to doubt no more. Health decides. */
  z.object({ kind: z.literal('doubts'), device: deviceId, metrics: z.array(metricName).max(200) }),
  z.object({ kind: z.literal('rule'), rule }),
  z.object({ kind: z.literal('rule-removed'), id: ruleId }),
  z.object({ kind: z.literal('calculation'), calculation }),
  z.object({ kind: z.literal('calculation-removed'), id: calculationId })
])
export type RegistryChange = z.infer<typeof registryChange>
