import { device as deviceSchema } from '../../model/registry.ts'
import type { Device, Mounting } from '../../model/registry.ts'
import { fieldOf, plainName } from './delivery-columns.ts'
import type { DeliveryField } from './delivery-columns.ts'
import type { Table, TableRow } from './delivery-table.ts'
import { readLabel } from './tr005.ts'
import type { LabelFault } from './tr005.ts'

/** What a file is held against. */
export interface DeliveryFacts {
  /** Sites at which the person may register devices. */
  readonly sites: readonly { readonly id: string; readonly name: string }[]
  readonly profiles: readonly {
    readonly id: string
    readonly model: string
    readonly names: readonly string[]
    readonly isLorawan: boolean
  }[]
  /** The device that has this id, or for which this radio speaks. */
  readonly registered: (id: string) => Device | undefined
  /** What may be told of a registered device that stands in the way. */
  readonly described: (device: Device) => string
  /** Heard by somebody else's site or connector. */
  readonly isOthers: (id: string) => boolean
  /** For rows that do not say. */
  readonly defaults: { readonly site?: string | undefined; readonly profile?: string | undefined }
  /** Name of the delivery, kept with each device. */
  readonly delivery: string | undefined
  /** Devices shall be made at a network server, for which each needs JoinEUI and AppKey. */
  readonly needsKeys: boolean
}

/**
 * The rules that a row can break.
 *
 * - `missing`: the cell is empty, or there is no such column
 * - `not-an-eui`, `not-an-id`, `not-a-key`, `not-a-number`, `out-of-range`, `too-long`: the value is not of its form
 * - `unknown-site`, `unknown-profile`, `ambiguous`: no such site (or none that one may use), profile; two of that name
 * - `twice-in-file`: an earlier row has the same device
 * - `registered`: it is registered with other values
 * - `others`: another organisation's connector has heard it
 * - `label-…`: the text of the QR code is none (see `LabelFault`); `label-differs`: it names another device than the row
 */
export type DeliveryRule =
  | 'missing'
  | 'not-an-eui'
  | 'not-an-id'
  | 'not-a-key'
  | 'not-a-number'
  | 'out-of-range'
  | 'too-long'
  | 'unknown-site'
  | 'unknown-profile'
  | 'ambiguous'
  | 'twice-in-file'
  | 'registered'
  | 'others'
  | 'label-differs'
  | `label-${LabelFault}`

export interface DeliveryFault {
  readonly line: number
  /** The heading as the file has it, or the field's name where there is no such column. */
  readonly column: string
  /** As the file has it, cut; keys are never repeated. */
  readonly value: string
  readonly rule: DeliveryRule
  /** What would do, or what is in the way: names, a range, another line. */
  readonly detail: string
}

/** A row that can be taken. */
export interface DeliveryRow {
  readonly line: number
  readonly device: Device
  readonly isLorawan: boolean
  /** It is registered with these values: there is nothing to do. */
  readonly isUnchanged: boolean
  readonly joinEui: string | undefined
  readonly appKey: string | undefined
}

export interface DeliveryCheck {
  readonly rows: readonly DeliveryRow[]
  readonly faults: readonly DeliveryFault[]
  /** Lines of the file that hold a device, good or bad. */
  readonly total: number
  /** Headings that mean nothing here: their columns are not read. */
  readonly ignored: readonly string[]
}

const shownLength = 60
/** Headings told of that mean nothing: a file may have a hundred thousand columns. */
const mostIgnored = 100
const longestName = 200

/** Holds every row of a file against the rules; every fault of every row is told, not only the first. */
export function checkDelivery(table: Table, facts: DeliveryFacts): DeliveryCheck {
  const columns = new Map<DeliveryField, number>()
  const ignored: string[] = []
  table.headings.forEach((heading, index) => {
    const field = fieldOf(heading)
    if (field !== undefined && !columns.has(field)) columns.set(field, index)
    else if (heading !== '' && ignored.length < mostIgnored) ignored.push(heading.slice(0, shownLength))
  })
  const names = namesOf(facts)
  const faults: DeliveryFault[] = []
  const rows: DeliveryRow[] = []
  const lines = new Map<string, number>()
  for (const row of table.rows) {
    const reading = new RowReading({ row, table, columns, facts, names })
    const found = reading.read()
    const id = found?.device.id
    const earlier = id === undefined ? undefined : lines.get(id)
    if (id !== undefined && earlier === undefined) lines.set(id, row.line)
    if (earlier !== undefined) reading.fault('id', 'twice-in-file', String(earlier))
    faults.push(...reading.faults)
    if (found && reading.faults.length === 0) rows.push(found)
  }
  return { rows, faults, total: table.rows.length, ignored }
}

interface RowReadingProps {
  readonly row: TableRow
  readonly table: Table
  readonly columns: ReadonlyMap<DeliveryField, number>
  readonly facts: DeliveryFacts
  readonly names: Names
}

/** Sites and profiles by plain name: thousands of rows look for them. */
interface Names {
  readonly sites: ReadonlyMap<string, DeliveryFacts['sites']>
  readonly profileIds: ReadonlyMap<string, DeliveryFacts['profiles']>
  readonly profiles: ReadonlyMap<string, DeliveryFacts['profiles']>
}

function namesOf({ sites, profiles }: DeliveryFacts): Names {
  return {
    sites: Map.groupBy(sites, ({ name }) => plainName(name)),
    profileIds: Map.groupBy(profiles, ({ id }) => plainName(id)),
    profiles: byEachName(profiles)
  }
}

function byEachName(profiles: DeliveryFacts['profiles']): Names['profiles'] {
  const named = profiles.flatMap(profile =>
    [...new Set([profile.model, ...profile.names].map(plainName))].map(name => ({ name, profile }))
  )
  const groups = Map.groupBy(named, ({ name }) => name)
  return new Map([...groups].map(([name, group]) => [name, group.map(({ profile }) => profile)]))
}

/** Reads one row, and gathers what is wrong with it. */
class RowReading {
  readonly faults: DeliveryFault[] = []
  readonly #props: RowReadingProps

  constructor(props: RowReadingProps) {
    this.#props = props
  }

  /** @returns the device, as far as it could be told, if its id could be. */
  read(): DeliveryRow | undefined {
    const { facts, row } = this.#props
    const label = this.#label()
    const profile = this.#profile()
    const site = this.#site()
    const id = this.#id(label?.devEui, profile?.isLorawan ?? true)
    const joinEui = this.#eui('joinEui', label?.joinEui)
    const appKey = this.#key()
    const serial = this.#text('serial', longestName) ?? label?.serial
    const name = this.#text('name', longestName)
    const mounting = this.#mounting()
    if (facts.needsKeys && profile?.isLorawan) {
      if (joinEui === undefined && this.#cell('joinEui') === '') this.fault('joinEui', 'missing')
      if (appKey === undefined && this.#cell('appKey') === '') this.fault('appKey', 'missing')
    }
    if (id === undefined) return undefined
    const externalIds = { ...(serial && { serial }), ...(facts.delivery && { delivery: facts.delivery }) }
    const parsed = deviceSchema.safeParse({
      ...{ id, name: name ?? id, site, profile: profile?.id },
      ...(mounting && { mounting }),
      ...(Object.keys(externalIds).length > 0 && { externalIds })
    })
    if (facts.isOthers(id)) this.fault('id', 'others')
    if (!parsed.success) return this.#unread(parsed.error.issues[0]?.path[0], id)
    const present = facts.registered(id)
    const isUnchanged = present !== undefined && isLike(present, parsed.data)
    if (present && !isUnchanged) this.fault('id', 'registered', facts.described(present))
    return {
      ...{ line: row.line, device: parsed.data, isLorawan: profile?.isLorawan ?? false, isUnchanged },
      ...{ joinEui, appKey }
    }
  }

  fault(field: DeliveryField, rule: DeliveryRule, detail = ''): void {
    const { row, table, columns } = this.#props
    const heading = table.headings[columns.get(field) ?? -1] ?? field
    const value = field === 'appKey' && this.#cell(field) !== '' ? '***' : this.#cell(field).slice(0, shownLength)
    this.faults.push({ line: row.line, column: heading, value, rule, detail })
  }

  /** A site or profile that is missing has been told; only the id is worth comparing with other rows. */
  #unread(field: PropertyKey | undefined, id: string): DeliveryRow | undefined {
    if (this.faults.length === 0) this.fault(field === 'name' ? 'name' : 'id', 'not-an-id', id)
    const device = { id, name: id, site: '', profile: '' }
    return {
      ...{ line: this.#props.row.line, device, isLorawan: false, isUnchanged: false },
      ...{ joinEui: undefined, appKey: undefined }
    }
  }

  #cell(field: DeliveryField): string {
    const index = this.#props.columns.get(field)
    // A break within a cell is a space to whoever typed it.
    return index === undefined ? '' : (this.#props.row.cells[index] ?? '').replaceAll(/\s+/g, ' ')
  }

  #text(field: DeliveryField, longest: number): string | undefined {
    const text = this.#cell(field)
    if (text.length > longest) this.fault(field, 'too-long', String(longest))
    return text === '' || text.length > longest ? undefined : text
  }

  #label() {
    const text = this.#cell('qr')
    if (text === '') return undefined
    const read = readLabel(text)
    if (read.ok) return read.label
    this.fault('qr', `label-${read.reason}`, read.field)
    return undefined
  }

  #id(byLabel: string | undefined, isLorawan: boolean): string | undefined {
    const text = this.#cell('id')
    if (text === '') {
      if (byLabel === undefined && this.#cell('qr') === '') this.fault('id', 'missing')
      return byLabel
    }
    if (!isLorawan) return text
    const id = hexadecimal(text)
    if (!/^[0-9a-f]{16}$/.test(id)) {
      this.fault('id', 'not-an-eui', '16')
      return undefined
    }
    if (byLabel !== undefined && byLabel !== id) this.fault('qr', 'label-differs', byLabel)
    return id
  }

  #eui(field: 'joinEui', byLabel: string | undefined): string | undefined {
    const text = this.#cell(field)
    if (text === '') return byLabel
    const eui = hexadecimal(text)
    if (/^[0-9a-f]{16}$/.test(eui)) return eui
    this.fault(field, 'not-an-eui', '16')
    return undefined
  }

  #key(): string | undefined {
    const text = this.#cell('appKey')
    const key = hexadecimal(text)
    if (text === '' || /^[0-9a-f]{32}$/.test(key)) return text === '' ? undefined : key
    this.fault('appKey', 'not-a-key', '32')
    return undefined
  }

  #site(): string | undefined {
    const { sites, defaults } = this.#props.facts
    const text = this.#cell('site') || (defaults.site ?? '')
    if (text === '') return this.#none('site', 'missing')
    const byId = sites.find(({ id }) => id === text)
    if (byId) return byId.id
    const named = this.#props.names.sites.get(plainName(text)) ?? []
    if (named.length === 1) return named[0]?.id
    return named.length > 1
      ? this.#none('site', 'ambiguous', named.map(({ id }) => id).join(', '))
      : this.#none('site', 'unknown-site')
  }

  #profile(): DeliveryFacts['profiles'][number] | undefined {
    const { names, facts } = this.#props
    const { defaults } = facts
    const text = this.#cell('profile') || (defaults.profile ?? '')
    if (text === '') return this.#none('profile', 'missing')
    const wanted = plainName(text)
    const [byId] = names.profileIds.get(wanted) ?? []
    if (byId) return byId
    const named = names.profiles.get(wanted) ?? []
    if (named.length === 1) return named[0]
    return named.length > 1
      ? this.#none('profile', 'ambiguous', named.map(({ id }) => id).join(', '))
      : this.#none('profile', 'unknown-profile')
  }

  #none(field: DeliveryField, rule: DeliveryRule, detail = ''): undefined {
    this.fault(field, rule, detail)
    return undefined
  }

  #mounting(): Mounting | undefined {
    const latitude = this.#number('latitude', -90, 90)
    const longitude = this.#number('longitude', -180, 180)
    const altitude = this.#number('altitude', -500, 9000)
    const height = this.#number('height', -1000, 1000)
    const datumOffset = this.#number('datumOffset', -10_000, 10_000)
    const plot = this.#text('plot', 100)
    if ((this.#cell('latitude') === '') !== (this.#cell('longitude') === ''))
      this.fault(this.#cell('latitude') === '' ? 'latitude' : 'longitude', 'missing')
    const position = latitude !== undefined &&
      longitude !== undefined && {
        position: { latitude, longitude, ...(altitude !== undefined && { altitude }) }
      }
    const mounting = {
      ...position,
      ...(height !== undefined && { height }),
      ...(datumOffset !== undefined && { datumOffset }),
      ...(plot !== undefined && { plot })
    }
    return Object.keys(mounting).length === 0 ? undefined : mounting
  }

  #number(field: DeliveryField, min: number, max: number): number | undefined {
    const text = this.#cell(field)
    if (text === '') return undefined
    // A decimal comma is Vietnamese usage; thousands are not grouped in coordinates and heights.
    const plain = text.replace(',', '.')
    const value = /^[+-]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN
    if (Number.isNaN(value)) return this.#none(field, 'not-a-number')
    if (value < min || value > max) return this.#none(field, 'out-of-range', `${min}…${max}`)
    return value
  }
}

/** As people write EUIs and keys: `A8-40-41…`, `0xA840…`, in groups. */
function hexadecimal(text: string): string {
  return text
    .replace(/^0x/i, '')
    .replaceAll(/[\s:.-]/g, '')
    .toLowerCase()
}

/** Whether the file would change nothing: what it does not say may be there. */
function isLike(present: Device, wanted: Device): boolean {
  const { mounting, externalIds, ...plain } = wanted
  const parts = [
    [plain, present],
    [mounting ?? {}, present.mounting ?? {}],
    [externalIds ?? {}, present.externalIds ?? {}]
  ] as const
  return parts.every(([some, all]) => {
    const there = new Map(Object.entries(all))
    return Object.entries(some).every(([key, value]) => JSON.stringify(there.get(key)) === JSON.stringify(value))
  })
}
