import { describe, expect, test } from 'vitest'
import type { Device } from '../../model/registry.ts'
import { checkDelivery } from './check-delivery.ts'
import type { DeliveryFacts } from './check-delivery.ts'
import { readTable } from './delivery-table.ts'

const facts: DeliveryFacts = {
  sites: [
    { id: 'ruong-1', name: 'Ruộng Kim Liên' },
    { id: 'ao-1', name: 'Ao' },
    { id: 'ao-2', name: 'Ao' }
  ],
  profiles: [
    { id: 'dragino-lse01', model: 'LSE01', names: ['Cảm biến đất'], isLorawan: true },
    { id: 'json-weather', model: 'weather', names: ['Trạm thời tiết'], isLorawan: false }
  ],
  registered: () => undefined,
  described: ({ name }) => name,
  isOthers: () => false,
  defaults: {},
  delivery: 'Lô 3',
  needsKeys: false
}

function check(text: string | Uint8Array, changes: Partial<DeliveryFacts> = {}) {
  const read = readTable(typeof text === 'string' ? new TextEncoder().encode(text) : text)
  if (!read.ok) throw new Error(read.reason)
  return checkDelivery(read.table, { ...facts, ...changes })
}
const told = (text: string, changes: Partial<DeliveryFacts> = {}) =>
  check(text, changes).faults.map(({ line, column, value, rule, detail }) => [line, column, value, rule, detail])

const good = 'a84041ffff1c2d01'
const heading = 'DevEUI,Tên,Điểm đo,Hồ sơ'

describe('a delivery’s file', () => {
  test('made by a Vietnamese Excel is read: mark, semicolons, decimal commas, quotes over lines, CRLF', () => {
    const text =
      '\ufeffDevEUI;Tên thiết bị;Điểm đo;Hồ sơ;Vĩ độ (°);Kinh độ (°);Độ cao lắp (m);Số sê-ri\r\n' +
      'A8-40-41-FF-FF-1C-2D-01;"Ruộng 1\r\nphía ""bắc""";Ruộng Kim Liên;LSE01;18,67;105,5;-0,2;S1\r\n;;;;;;;\r\n'

    const { rows, faults } = check(text)

    expect(faults).toEqual([])
    expect(rows).toEqual([
      {
        ...{ line: 2, isLorawan: true, isUnchanged: false, joinEui: undefined, appKey: undefined },
        device: {
          ...{ id: good, name: 'Ruộng 1 phía "bắc"', site: 'ruong-1', profile: 'dragino-lse01' },
          mounting: { position: { latitude: 18.67, longitude: 105.5 }, height: -0.2 },
          externalIds: { serial: 'S1', delivery: 'Lô 3' }
        }
      }
    ])
  })

  test('in UTF-16, tabs and with a sep= line is read too', () => {
    const text = `DevEUI\tTên\tĐiểm đo\tHồ sơ\n${good}\tRuộng\truong-1\tdragino-lse01\n`
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])

    expect(check(utf16).rows.map(({ device }) => device.name)).toEqual(['Ruộng'])
    expect(check(`sep=;\n${heading.replaceAll(',', ';')}\n${good};R;ruong-1;LSE01`).rows[0]?.line).toBe(3)
  })

  test('says every fault of every row: line, column, value and rule', () => {
    const rows = [
      `${good},R1,ruong-1,LSE01`,
      `${good.toUpperCase()},R2,ruong-1,LSE01`,
      'a84041ffff1c2d0,R3,nowhere,EM300',
      ',R4,Ao,LSE01',
      'trạm một,R5,ruong-1,json-weather'
    ]

    expect(told([heading, ...rows].join('\n'))).toEqual([
      [3, 'DevEUI', good.toUpperCase(), 'twice-in-file', '2'],
      [4, 'Hồ sơ', 'EM300', 'unknown-profile', ''],
      [4, 'Điểm đo', 'nowhere', 'unknown-site', ''],
      [4, 'DevEUI', 'a84041ffff1c2d0', 'not-an-eui', '16'],
      [5, 'Điểm đo', 'Ao', 'ambiguous', 'ao-1, ao-2'],
      [5, 'DevEUI', '', 'missing', ''],
      [6, 'DevEUI', 'trạm một', 'not-an-id', 'trạm một']
    ])
  })

  test('checks numbers, keys and labels, and never repeats a key', () => {
    const label = 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122'
    const text = [
      'QR,DevEUI,AppKey,Vĩ độ,Kinh độ',
      `${label},,abc,91,x`,
      `${label},${good},,18.5,`,
      `LW:D0:11,,,,`
    ].join('\n')

    expect(told(text, { defaults: { site: 'ruong-1', profile: 'LSE01' }, needsKeys: true })).toEqual([
      [2, 'AppKey', '***', 'not-a-key', '32'],
      [2, 'Vĩ độ', '91', 'out-of-range', '-90…90'],
      [2, 'Kinh độ', 'x', 'not-a-number', ''],
      [3, 'QR', label, 'label-differs', 'aabbccddeeff0011'],
      [3, 'Kinh độ', '', 'missing', ''],
      [3, 'AppKey', '', 'missing', ''],
      [4, 'QR', 'LW:D0:11', 'label-field-invalid', 'JoinEUI'],
      [4, 'joinEui', '', 'missing', ''],
      [4, 'AppKey', '', 'missing', '']
    ])
  })

  test('leaves alone what is registered with the same values, and names what is not', () => {
    const present: Device = {
      ...{ id: good, name: 'R1', site: 'ruong-1', profile: 'dragino-lse01' },
      externalIds: { delivery: 'Lô 3', cadastre: '12' }
    }
    const changes = { registered: (id: string) => (id === good ? present : undefined) }

    expect(check(`${heading}\n${good},R1,ruong-1,LSE01`, changes).rows).toMatchObject([{ isUnchanged: true }])
    expect(told(`${heading}\n${good},R9,ruong-1,LSE01`, changes)).toEqual([[2, 'DevEUI', good, 'registered', 'R1']])
  })

  test('of 500 rows is checked whole, and says which columns it does not read', () => {
    const rows = Array.from({ length: 500 }, (_, i) => {
      const eui = i % 50 === 7 ? 'xyz' : `a84041ffff${i.toString(16).padStart(6, '0')}`
      return `${eui},Ruộng ${i},Ruộng Kim Liên,LSE01,ghi chú`
    })

    const { rows: found, faults, total, ignored } = check([`${heading},Ghi chú`, ...rows].join('\r\n'))

    expect({ total, good: found.length, bad: faults.length, ignored }).toEqual({
      ...{ total: 500, good: 490, bad: 10 },
      ignored: ['Ghi chú']
    })
  })

  test.each([
    ['in another encoding', Buffer.from('DevEUI,T\xean\n1,2', 'latin1'), 'encoding'],
    ['without rows', Buffer.from(heading), 'empty'],
    ['with a quote that never ends', Buffer.from(`${heading}\n"a,b`), 'quote-open']
  ])('is refused %s', (_name, bytes, reason) => {
    expect(readTable(bytes)).toMatchObject({ ok: false, reason })
  })

  test.each([
    ['half a million brackets in a heading', '('.repeat(500_000) + '\na'],
    ['half a million quotes in a cell', `${heading}\nx${'"'.repeat(500_000)}`],
    ['three hundred thousand columns', `${'a,'.repeat(300_000)}\n${'b,'.repeat(300_000)}`],
    ['one name of three hundred thousand letters', `${heading}\n${good},a,${'ệ'.repeat(300_000)},x`],
    ['a label without end', `QR\nLW:D0:${':'.repeat(600_000)}`]
  ])('of %s takes no longer than another', (_name, text) => {
    const { rows, ignored, faults } = check(text)
    expect(rows).toEqual([])
    expect(ignored.length).toBeLessThanOrEqual(100)
    expect(faults.every(({ value }) => value.length <= 60)).toBe(true)
  })

  test('of 5000 rows that name one of 300 sites is read in the time of one', () => {
    const sites = Array.from({ length: 300 }, (_, i) => ({ id: `s${i}`, name: `Ruộng số ${i}` }))
    const rows = Array.from(
      { length: 5000 },
      (_, i) => `a84041ffff${i.toString(16).padStart(6, '0')},R,ruong so ${i % 300},lse01`
    )
    expect(check([heading, ...rows].join('\n'), { sites }).rows).toHaveLength(5000)
  })
})
