/** Characters whose GSM 7-bit code is not their ASCII code (3GPP TS 23.038, 6.2.1). */
const codes: ReadonlyMap<string, number> = new Map([
  ['@', 0x00],
  ['$', 0x02],
  ['_', 0x11]
])
const characters: ReadonlyMap<number, string> = new Map([...codes].map(([character, code]) => [code, character]))

/** A message to be sent: what `AT+CMGS` wants. */
export interface SubmitPdu {
  /** Hexadecimal, the length of the centre's address (none) first. */
  readonly hex: string
  /** Octets without it. */
  readonly length: number
}

interface SubmitProps {
  /** E.164. */
  readonly phone: string
  /** Of `plain`, or any text if `isUnicode`. */
  readonly text: string
  readonly isUnicode: boolean
  /** 0 to 255: joins the parts of one message. */
  readonly reference: number
}

/** How much one part holds, alone and with the header that joins parts, in septets or UTF-16 units. */
const capacities = { gsm: { one: 160, joined: 153 }, unicode: { one: 70, joined: 67 } } as const
/** Nobody reads an alarm of more parts. */
const mostParts = 8
/** Relative validity: (11 + 1) × 5 minutes (3GPP TS 23.040, 9.2.3.12.1): an alarm of yesterday helps nobody. */
const validityHour = 11

/**
 * SMS-SUBMIT with a request for a status report. Source: 3GPP TS 23.040, 9.2.2.2; concatenation 9.2.3.24.1.
 *
 * @returns one or more parts, in order.
 */
export function submitPdus({ phone, text, isUnicode, reference }: SubmitProps): readonly SubmitPdu[] {
  const { one, joined } = isUnicode ? capacities.unicode : capacities.gsm
  const parts = text.length <= one ? [text] : slices(text, joined).slice(0, mostParts)
  return parts.map((part, index) => {
    const header = parts.length === 1 ? [] : [0x05, 0x00, 0x03, reference, parts.length, index + 1]
    const body = isUnicode ? unicodeData(part, header) : septetData(part, header)
    // SMS-SUBMIT, relative validity, status report asked for; the flag of a header.
    const first = 0x31 | (header.length > 0 ? 0x40 : 0)
    const octets = [first, 0x00, ...addressOctets(phone), 0x00, isUnicode ? 0x08 : 0x00, validityHour, ...body]
    return { hex: `00${Buffer.from(octets).toString('hex').toUpperCase()}`, length: octets.length }
  })
}

/** What a modem hears: that a message arrived or did not, or a message of somebody. */
export type HeardPdu =
  | {
      readonly kind: 'report'
      readonly reference: number
      readonly phone: string
      readonly state: 'reached' | 'failed' | 'trying'
    }
  | { readonly kind: 'message'; readonly phone: string; readonly text: string }

/**
 * Reads SMS-STATUS-REPORT and SMS-DELIVER. Source: 3GPP TS 23.040, 9.2.2.3 and 9.2.2.1.
 *
 * @returns nothing for what is neither, or cut short.
 */
export function heardPdu(hex: string): HeardPdu | undefined {
  const octets = Buffer.from(hex, 'hex')
  const at = 1 + (octets[0] ?? 0)
  const first = octets[at]
  if (first === undefined) return undefined
  if ((first & 0x03) === 0x02) return reportOf(octets, at + 1)
  return (first & 0x03) === 0x00 ? messageOf(octets, at + 1, (first & 0x40) !== 0) : undefined
}

function reportOf(octets: Buffer, at: number): HeardPdu | undefined {
  const reference = octets[at]
  const address = addressAt(octets, at + 1)
  const status = octets[address.end + 14]
  if (reference === undefined || status === undefined) return undefined
  // 9.2.3.15: up to 0x1F it is done, up to 0x3F the centre goes on trying, above it has given up.
  const state = status < 0x20 ? 'reached' : status < 0x40 ? 'trying' : 'failed'
  return { kind: 'report', reference, phone: address.phone, state }
}

function messageOf(octets: Buffer, at: number, hasHeader: boolean): HeardPdu | undefined {
  const { phone, end } = addressAt(octets, at)
  const [coding, length] = [octets[end + 1], octets[end + 9]]
  if (coding === undefined || length === undefined) return undefined
  const data = octets.subarray(end + 10)
  const header = hasHeader ? 1 + (data[0] ?? 0) : 0
  if ((coding & 0x0c) === 0x08) return { kind: 'message', phone, text: utf16(data.subarray(header, length)) }
  if ((coding & 0x0c) !== 0x00) return undefined
  const skipped = Math.ceil((header * 8) / 7)
  return { kind: 'message', phone, text: septetsOf(data, length).slice(skipped).join('') }
}

/** Length in digits, type (international), digits by pairs the wrong way round (9.1.2.5). */
function addressOctets(phone: string): readonly number[] {
  const digits = phone.replace(/\D/g, '')
  const padded = digits.length % 2 === 0 ? digits : `${digits}F`
  const pairs = padded.match(/../g) ?? []
  return [digits.length, 0x91, ...pairs.map(pair => parseInt(`${pair[1]}${pair[0]}`, 16))]
}

function addressAt(octets: Buffer, at: number): { readonly phone: string; readonly end: number } {
  const [digits = 0, type = 0] = [octets[at], octets[at + 1]]
  const end = at + 2 + Math.ceil(digits / 2)
  const field = octets.subarray(at + 2, end)
  // Alphanumeric: `VIETTEL`.
  if ((type & 0x70) === 0x50) return { phone: septetsOf(field, Math.floor((digits * 4) / 7)).join(''), end }
  const pairs = [...field].map(octet => `${(octet & 0x0f).toString(16)}${(octet >> 4).toString(16)}`)
  const number = pairs.join('').slice(0, digits)
  return { phone: (type & 0x70) === 0x10 ? `+${number}` : number, end }
}

function unicodeData(text: string, header: readonly number[]): readonly number[] {
  const body = Buffer.from(text, 'utf16le').swap16()
  return [header.length + body.length, ...header, ...body]
}

/** Septets packed into octets, least bits first; a header is followed by fill bits up to a septet's edge (9.2.3.24). */
function septetData(text: string, header: readonly number[]): readonly number[] {
  const codesOf = [...text].map(character => codes.get(character) ?? character.charCodeAt(0))
  const skipped = Math.ceil((header.length * 8) / 7)
  const octets = new Uint8Array(Math.ceil(((skipped + codesOf.length) * 7) / 8))
  octets.set(header)
  codesOf.forEach((code, index) => {
    const bit = (skipped + index) * 7
    const shifted = code << (bit % 8)
    const at = bit >> 3
    octets[at] = (octets[at] ?? 0) | (shifted & 0xff)
    if (shifted > 0xff) octets[at + 1] = (octets[at + 1] ?? 0) | (shifted >> 8)
  })
  return [skipped + codesOf.length, ...octets]
}

function septetsOf(data: Buffer, count: number): readonly string[] {
  return Array.from({ length: Math.min(count, Math.floor((data.length * 8) / 7)) }, (_, index) => {
    const bit = index * 7
    const pair = (data[bit >> 3] ?? 0) | ((data[(bit >> 3) + 1] ?? 0) << 8)
    const code = (pair >> (bit % 8)) & 0x7f
    return characters.get(code) ?? String.fromCharCode(code)
  })
}

function utf16(data: Buffer): string {
  return Buffer.from(data.subarray(0, data.length & ~1))
    .swap16()
    .toString('utf16le')
}

/** Never between the two halves of a character. */
function slices(text: string, most: number): readonly string[] {
  const parts = ['']
  for (const character of text) {
    const last = parts.at(-1) ?? ''
    if (last.length + character.length <= most) parts[parts.length - 1] = last + character
    else parts.push(character)
  }
  return parts
}
