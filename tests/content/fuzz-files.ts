import { expect } from 'vitest'
import { parsed } from '../../devices/folder-reading.ts'
import { deviceTimeOf } from '../../devices/event-time.ts'
import { compileMapping } from '../../devices/mapping.ts'
import { tomlText } from '../../devices/collections/toml-text.ts'
import { checkDelivery } from '../../devices/onboarding/check-delivery.ts'
import type { DeliveryFacts } from '../../devices/onboarding/check-delivery.ts'
import { readTable } from '../../devices/onboarding/delivery-table.ts'
import { readLabel } from '../../devices/onboarding/tr005.ts'
import { MessageReader } from '../../ingest/mapped/message-reader.ts'
import { connectorMapping } from '../../model/connector-mapping.ts'
import { SenError } from '../../model/errors.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { profile } from '../../model/profile.ts'
import { Gather } from '../../server/import/gather.ts'
import { checkMapping, importMapping } from '../../server/import/mapping.ts'
import type { Mutations } from './mutations.ts'

/** A format of files that people or strangers make: what is tried in one round, and what came of it in a word. */
export interface FileFormat {
  readonly name: string
  readonly round: (mutations: Mutations) => () => string
}

/** Right deliveries. */
export const deliveryFiles: readonly string[] = [
  '\ufeffDevEUI;Tên thiết bị;Điểm đo;Hồ sơ;Vĩ độ (°);Kinh độ (°);Số sê-ri\r\nA8-40-41-FF-FF-1C-2D-01;"Ruộng 1\r\n""bắc""";Ruộng;LSE01;18,67;105,5;S1\r\n',
  'sep=,\nqr,name,site,profile,appkey\nLW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:SS1:P9,A,ruong,lse01,00112233445566778899aabbccddeeff\n'
]
const facts: DeliveryFacts = {
  sites: [{ id: 'ruong', name: 'Ruộng' }],
  profiles: [{ id: 'dragino-lse01', model: 'LSE01', names: ['Đất'], isLorawan: true }],
  registered: () => undefined,
  described: () => '',
  isOthers: () => false,
  defaults: { site: 'ruong', profile: 'dragino-lse01' },
  delivery: 'Lô',
  needsKeys: true
}
/** Right texts of QR codes. */
export const labelTexts: readonly string[] = [
  'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C',
  'lw:d0:1122334455667788:aabbccddeeff0011:aabb1122'
]
const loggers = [
  'Ngày;Giờ;Mực nước (cm);pH\n17/10/2019;06:30;762,5;7,1\n2019-10-17;06:31:05.25;-;7\n1571268600;;1.234,5;n/a\n'
]
const importedAs = importMapping.parse({
  device: 'tram-1',
  time: ['Ngày', 'Giờ'],
  columns: { 'Mực nước (cm)': { metric: 'water_level', unit: 'cm' }, pH: { metric: 'ph' } },
  decimal: 'comma'
})
const mappings = [
  'id: mua\norganisation: root\ntopics: ["farm/{device}/data", "a/+/#"]\nmapping:\n  device: "{device}"\n  devices: { "Nhà": a }\n  time: { at: "@.t", offset: "+07:00" }\n',
  'id: mua\norganisation: root\ntopics: []\nmapping:\n  device: "x-{@.id}"\n  each: $.list\n  values: "@.v"\n  pairs: { name: n, value: v, time: t }\n  fields: { T: air_temperature, "a.b": { metric: ph, scale: 0.1, missing: [-1] }, "*": "*" }\n  ignore: [x]\n',
  'a: &a { x: 1 }\nid: mua\norganisation: root\ntopics: []\nmapping: { device: a, payload: value, field: v, fields: { v: ph } }\nb: [*a, *a]\n'
]
const profileText =
  'id: x\nvendor: v\nmodel: m\nname: { vi: a, en: b }\npayload: json\nsource: s\nfields: { t: air_temperature, "a.b": { metric: ph, within: [0, 14] } }\nhistory: { path: list, time: at }\nignore: [c]\nmetrics: { own_one: { vi: a, en: b, min: 1, max: 2 } }\n'
const vendorToml = '[vendor]\nname = "Bạch \\"Đàn\\""\n[[device.firmware]]\n  codec = \'s1.js\'\n'

/** A cell of a spreadsheet that means harm, put anywhere. */
const cells = [
  '"',
  '""',
  ';',
  '\n',
  '\r',
  '\t',
  '\u0000',
  '=1+1',
  '(',
  '[',
  'x'.repeat(3000),
  ';'.repeat(2000),
  '\ud800',
  'é',
  '1e400',
  '-0'
]

/** Makes wrong text of right: bytes, or a cell that means harm. */
export function wrongText(right: string, mutations: Mutations): Buffer {
  if (mutations.below(3) > 0) return mutations.bytes(Buffer.from(right))
  const at = mutations.below(right.length + 1)
  return Buffer.from(right.slice(0, at) + mutations.pick(cells) + right.slice(at + mutations.below(4)))
}

/** Every format of files and texts, in the order in which people meet them. */
export const fileFormats: readonly FileFormat[] = [
  {
    name: 'deliveries in CSV',
    round: mutations => {
      const bytes = wrongText(mutations.pick(deliveryFiles), mutations)
      return () => {
        const read = readTable(bytes)
        if (!read.ok) return read.reason
        const { rows, faults, total } = checkDelivery(read.table, facts)
        expect(new Set([...rows, ...faults].map(({ line }) => line)).size).toBe(total)
        for (const { device } of rows) expect(JSON.stringify(device)).not.toMatch(/NaN|Infinity/)
        return faults[0]?.rule ?? 'taken'
      }
    }
  },
  {
    name: 'QR codes',
    round: mutations => {
      const text = wrongText(mutations.pick(labelTexts), mutations).toString()
      return () => {
        const read = readLabel(text)
        if (!read.ok) return read.reason
        expect([read.label.joinEui, read.label.devEui].join('')).toMatch(/^[0-9a-f]{32}$/)
        return 'taken'
      }
    }
  },
  {
    name: 'files of loggers',
    round: mutations => {
      const bytes = wrongText(mutations.pick(loggers), mutations)
      return () => {
        const read = readTable(bytes)
        if (!read.ok) return read.reason
        const { headings, rows } = read.table
        return named(() => {
          checkMapping(importedAs, headings)
          const rules = new Set<string>()
          const gather = new Gather({
            ...{ heading: headings, mapping: importedAs, decimal: 'comma', metrics: metricCatalogue },
            ...{ hasDevice: id => id === 'tram-1', latest: Date.now(), onBad: ({ rule }) => rules.add(rule) }
          })
          for (const { cells: row } of rows) gather.add(row)
          for (const series of gather.series) {
            series.order()
            for (const { t, value } of series.portions(100))
              for (const number of [...t, ...value]) expect(Number.isFinite(number)).toBe(true)
          }
          expect(gather.bad > 0).toBe(rules.size > 0)
          return [...rules][0] ?? 'taken'
        })
      }
    }
  },
  {
    name: 'mappings in YAML',
    round: mutations => {
      const text = wrongText(mutations.pick(mappings), mutations).toString()
      return () => {
        const read = parsed(text, 'yaml')
        if (typeof read === 'string') return 'no YAML'
        const checked = connectorMapping.safeParse(read.value)
        if (!checked.success) return 'against the schema'
        return named(() => {
          const reader = new MessageReader(checked.data)
          reader.read(
            checked.data.topics[0]?.replaceAll(/[{}#+]/g, 'a') ?? '',
            Buffer.from('{"list":[{"id":1,"v":{}}],"t":1}')
          )
          return 'taken'
        })
      }
    }
  },
  {
    name: 'profiles in YAML',
    round: mutations => {
      const text = wrongText(profileText, mutations).toString()
      return () => {
        const read = parsed(text, 'yaml')
        const checked = profile.safeParse(typeof read === 'string' ? undefined : read.value)
        if (!checked.success) return 'against the schema'
        return named(() => {
          const sink = { value: () => undefined, refused: () => undefined, unmapped: () => undefined }
          compileMapping(checked.data).map({ t: 1, a: { b: 2 }, list: [{ at: 1, t: 2 }], x: null }, sink)
          return 'taken'
        })
      }
    }
  },
  {
    name: 'vendors in TOML',
    round: mutations => {
      const text = wrongText(vendorToml, mutations).toString()
      return () => (tomlText(text, 'vendor', 'name').length > 0 ? 'taken' : 'no name')
    }
  },
  {
    name: 'times in words',
    round: mutations => {
      const text = wrongText(
        mutations.pick(['2026-11-22T06:59:00.25+07:00', '2026-11-22 06:59Z']),
        mutations
      ).toString()
      return () => {
        const time = deviceTimeOf(text) ?? Number.NaN
        expect(Number.isNaN(time) || Number.isInteger(time)).toBe(true)
        return Number.isNaN(time) ? 'no time' : 'taken'
      }
    }
  }
]

/** What contradicts itself is refused by name; any other error is a bug. */
function named(work: () => string): string {
  try {
    return work()
  } catch (error) {
    if (error instanceof SenError) return error.code
    throw error
  }
}
