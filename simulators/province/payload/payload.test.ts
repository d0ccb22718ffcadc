import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeLse01 } from './dragino-lse01.ts'
import { encodeEm300Th } from './milesight-em300-th.ts'
import { readEm300Th, readLse01 } from './payload-reading.fixture.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

describe('Dragino LSE01', () => {
  test("gives the manual's example, less the flags the values do not carry", () => {
    const bytes = encodeLse01({
      batteryMv: 3625,
      probeCelsius: 24.1,
      soilMoisture: 19.57,
      soilCelsius: 24.59,
      conductivity: 28_200
    })
    // Published as CE29 … 90: the two highest battery bits and the last byte hold flags, here zero.
    expect(hex(bytes)).toBe('0E2900F107A5099B6E2800')
  })

  test('reads back as what was put in, frost included', () => {
    fc.assert(
      fc.property(
        fc.record({
          batteryMv: fc.integer({ min: 0, max: 16_383 }),
          probeCelsius: fc.integer({ min: -400, max: 850 }).map(tenths => tenths / 10),
          soilMoisture: fc.integer({ min: 0, max: 10_000 }).map(hundredths => hundredths / 100),
          soilCelsius: fc.integer({ min: -4_000, max: 8_500 }).map(hundredths => hundredths / 100),
          conductivity: fc.integer({ min: 0, max: 20_000 })
        }),
        values => {
          expect(readLse01(encodeLse01(values))).toEqual(values)
        }
      ),
      { seed: 1 }
    )
  })
})

describe('Milesight EM300-TH', () => {
  test("gives the user guide's example", () => {
    expect(hex(encodeEm300Th({ batteryLevel: 92, celsius: 30.8, humidity: 50.5 }))).toBe('01755C03673401046865')
  })

  test('reads back as what was put in, frost included', () => {
    fc.assert(
      fc.property(
        fc.record({
          batteryLevel: fc.integer({ min: 0, max: 100 }),
          celsius: fc.integer({ min: -300, max: 700 }).map(tenths => tenths / 10),
          humidity: fc.integer({ min: 0, max: 200 }).map(halves => halves / 2)
        }),
        values => {
          expect(readEm300Th(encodeEm300Th(values))).toEqual(values)
        }
      ),
      { seed: 1 }
    )
  })
})
