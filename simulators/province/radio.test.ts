import { describe, expect, test } from 'vitest'
import { distanceM, moved } from './geography.ts'
import {
  adrSpreadingFactor,
  adrSteps,
  channelsHz,
  dataRate,
  exponentRange,
  link,
  marginDb,
  noiseFloorDbm,
  pathLossDb,
  shadowingDb,
  snrDb,
  timeOnAirMs
} from './radio.ts'

describe('LoRa radio', () => {
  test.each([
    [7, 23, 61.696],
    [7, 64, 118.016],
    [8, 33, 133.632],
    [9, 33, 246.784],
    [10, 24, 370.688],
    [12, 33, 1810.432],
    [12, 64, 2793.472]
  ] as const)('SF%i with %i bytes is on air for %f ms', (spreadingFactor, bytes, expected) => {
    expect(timeOnAirMs(spreadingFactor, bytes)).toBeCloseTo(expected, 3)
  })

  test.each([
    [7, 5, 12.5],
    [10, -12, 3],
    [12, -18.5, 1.5],
    [12, -21, -1]
  ] as const)('SF%i at %f dB has a margin of %f dB', (spreadingFactor, snr, expected) => {
    expect(marginDb(snr, spreadingFactor)).toBe(expected)
  })

  test('ADR gives two steps at SF10 with 2 dB, and keeps 10 dB in hand', () => {
    expect(adrSteps(2, 10)).toBe(2)
    expect([-30, -12, -10, -7, -4, -1, 2, 5, 12].map(adrSpreadingFactor)).toEqual([12, 12, 12, 11, 10, 9, 8, 7, 7])
  })

  test('SNR is the power over the noise floor, capped at 12 dB', () => {
    expect(snrDb(noiseFloorDbm - 5)).toBe(-5)
    expect(snrDb(-40)).toBe(12)
  })

  test('a tenfold distance costs ten times the exponent in dB', () => {
    expect(pathLossDb(10_000, 3) - pathLossDb(1_000, 3)).toBeCloseTo(30, 9)
    expect(pathLossDb(0, 3)).toBe(pathLossDb(1, 3))
  })

  test('links differ as the model says: exponent within 2.7 to 3.5, shadowing of 8 dB', () => {
    const links = Array.from({ length: 5_000 }, (_, i) => link(1_000, 1, `device-${i}`))
    for (const { exponent } of links) {
      expect(exponent).toBeGreaterThanOrEqual(exponentRange.low)
      expect(exponent).toBeLessThan(exponentRange.high)
    }
    const variance = links.reduce((sum, { shadowDb }) => sum + shadowDb ** 2, 0) / links.length
    expect(Math.sqrt(variance)).toBeCloseTo(shadowingDb, 0)
  })

  test('the band is 920 to 923 MHz, DR0 to DR5 are SF12 to SF7', () => {
    for (const frequency of channelsHz) expect(frequency).toBeGreaterThan(920e6)
    for (const frequency of channelsHz) expect(frequency).toBeLessThan(923e6)
    expect(([12, 11, 10, 9, 8, 7] as const).map(dataRate)).toEqual([0, 1, 2, 3, 4, 5])
  })
})

describe('places', () => {
  test('a move of 3 km east and 4 km north is 5 km away', () => {
    const origin = { latitude: 18.6681, longitude: 105.56242 }
    expect(distanceM(origin, moved(origin, 3_000, 4_000)) / 1_000).toBeCloseTo(5, 2)
    expect(distanceM(origin, origin)).toBe(0)
  })
})
