/** What a device's QR code says of it. Texts as they stand in the code. */
export interface DeviceLabel {
  /** Lower case. */
  readonly joinEui: string
  /** Lower case. */
  readonly devEui: string
  /** LoRa Alliance vendor id, 4 hexadecimal digits, lower case. */
  readonly vendorId: string
  /** The vendor's own id of the device's profile, 4 hexadecimal digits, lower case. */
  readonly vendorProfileId: string
  readonly ownerToken: string | undefined
  readonly serial: string | undefined
  readonly proprietary: string | undefined
}

export type LabelOutcome =
  | { readonly ok: true; readonly label: DeviceLabel }
  | { readonly ok: false; readonly reason: LabelFault; readonly field: string; readonly found: string }

/**
 * Why a text is no device label.
 *
 * - `not-a-label`: it does not begin with `LW:`, or has more than 500 characters
 * - `unknown-scheme`: another scheme than `D0`
 * - `field-missing`, `field-invalid`: a required field is not there, or not hexadecimal digits of the right number
 * - `extension-unknown`, `extension-twice`: a part that is none of O, S, P, C, or comes twice
 * - `checksum-wrong`: a character was misread
 */
export type LabelFault =
  | 'not-a-label'
  | 'unknown-scheme'
  | 'field-missing'
  | 'field-invalid'
  | 'extension-unknown'
  | 'extension-twice'
  | 'checksum-wrong'

const longestFound = 80
/** A QR code that a phone's camera reads has no more. */
const longestLabel = 500

/**
 * Reads the text of a device's QR code: `LW:D0:<JoinEUI>:<DevEUI>:<ProfileID>[:O…][:S…][:P…][:C…]`. Spaces around it, which
 * come with pasting, and lower case are forgiven.
 *
 * Source: LoRa Alliance TR005-1.0.0, "LoRaWAN Device Identification QR Codes": scheme `D0` has these fields in this order;
 * ProfileID is VendorID and VendorProfileID, 16 bits each; optional parts begin with their letter. The checksum is taken
 * as a CRC-16 (polynomial 0x8005 reflected, initial 0xFFFF) of all that stands before `:C`, which is what the document's
 * own example has (`…:PFOOBAR:CAF2C`); one that is not of four hexadecimal digits is not checked, as makers put other
 * things there.
 */
export function readLabel(text: string): LabelOutcome {
  if (text.length > longestLabel) return fault('not-a-label', 'prefix', text)
  const [prefix = '', scheme = '', ...rest] = text.trim().split(':')
  if (prefix.toUpperCase() !== 'LW') return fault('not-a-label', 'prefix', text.trim())
  if (scheme.toUpperCase() !== 'D0') return fault('unknown-scheme', 'scheme', scheme)
  const [joinEui, devEui, profileId, ...extensions] = rest
  const required = [
    ['JoinEUI', joinEui, 16],
    ['DevEUI', devEui, 16],
    ['ProfileID', profileId, 8]
  ] as const
  for (const [field, value, digits] of required) {
    if (value === undefined || value === '') return fault('field-missing', field, '')
    if (value.length !== digits || !/^[0-9a-fA-F]+$/.test(value)) return fault('field-invalid', field, value)
  }
  const found = extensionsOf(extensions)
  if (!(found instanceof Map)) return found
  const checksum = found.get('C')
  if (checksum !== undefined && !isChecksumOf(text.trim(), checksum)) return fault('checksum-wrong', 'C', checksum)
  const lower = (value = ''): string => value.toLowerCase()
  return {
    ok: true,
    label: {
      joinEui: lower(joinEui),
      devEui: lower(devEui),
      vendorId: lower(profileId).slice(0, 4),
      vendorProfileId: lower(profileId).slice(4),
      ownerToken: found.get('O'),
      serial: found.get('S'),
      proprietary: found.get('P')
    }
  }
}

/** By letter; empty ones are left out. */
function extensionsOf(parts: readonly string[]): Map<string, string> | LabelOutcome {
  const found = new Map<string, string>()
  for (const part of parts) {
    const letter = part.slice(0, 1).toUpperCase()
    if (part === '') continue
    if (!'OSPC'.includes(letter)) return fault('extension-unknown', letter, part)
    if (found.has(letter)) return fault('extension-twice', letter, part)
    if (part.length > 1) found.set(letter, part.slice(1))
  }
  return found
}

function isChecksumOf(text: string, checksum: string): boolean {
  if (!/^[0-9a-fA-F]{4}$/.test(checksum)) return true
  const end = text.toUpperCase().lastIndexOf(`:C${checksum.toUpperCase()}`)
  return crc16(text.slice(0, end)) === Number.parseInt(checksum, 16)
}

function crc16(text: string): number {
  let crc = 0xff_ff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa0_01 : crc >>> 1
  }
  return crc
}

function fault(reason: LabelFault, field: string, found: string): LabelOutcome {
  return { ok: false, reason, field, found: found.slice(0, longestFound) }
}
