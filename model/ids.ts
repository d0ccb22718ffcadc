import { z } from 'zod'

/**
 * Ids that stand in MQTT topics, URLs and file names: letters, digits, `.`, `_`, `-`; 1 to 64 characters.
 * Wildcards, slashes, control characters and a leading `$` are thereby refused at creation.
 */
export const idPattern = /^[A-Za-z0-9._-]{1,64}$/

const id = z.string().regex(idPattern, 'must be 1 to 64 letters, digits, ".", "_" or "-"')

/** Unique in the whole system. */
export const organisationId = id
/** Unique in the whole system. */
export const siteId = id
/** Unique in the whole system; a LoRaWAN device's id is its DevEUI in lower case. */
export const deviceId = id
/** A LoRaWAN device's EUI-64. */
export const devEui = z
  .string()
  .regex(/^[0-9a-f]{16}$/, "must be the device's DevEUI, 16 hexadecimal digits in lower case")
/** A LoRaWAN gateway's EUI-64. */
export const gatewayId = z
  .string()
  .regex(/^[0-9a-f]{16}$/, "must be the gateway's EUI, 16 hexadecimal digits in lower case")
/** The name of the profile's folder, for example `dragino-lse01`. */
export const profileId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits or "-"')
/** The state's 5-digit administrative code of a commune or ward. */
export const communeCode = z.string().regex(/^\d{5}$/, 'must be a 5-digit administrative code')
/** Unique in the whole system; never like a commune's code, so that one word names either. */
export const placeGroupId = id.regex(/^(?!\d{5}$)/, 'must not look like a 5-digit administrative code')
/** A commune, by its code, or a group of communes. */
export const placeId = id
/** Unique in the whole system. */
export const ruleId = id
/** Unique in the whole system. */
export const calculationId = id
/** A word that people group devices by: `luu-vuc-lam`, `vu-dong-xuan`. */
export const tag = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits or "-", at most 40')
/** `snake_case`, the quantity and not the sensor. */
export const metricName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be snake_case, at most 64 characters')
