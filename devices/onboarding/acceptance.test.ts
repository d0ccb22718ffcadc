import { describe, expect, test } from 'vitest'
import { acceptanceOf, linkMarginDb, mountingDemandsOf } from './acceptance.ts'
import type { AcceptanceFacts } from './acceptance.ts'

const good: AcceptanceFacts = {
  isLorawan: true,
  heard: 3,
  link: { snr: -15, marginDb: 5 },
  values: [{ metric: 'water_level', value: 1.2, isPlausible: true }],
  battery: { percent: 100, volts: undefined },
  hasBattery: true,
  mounting: { position: { latitude: 18.7, longitude: 105.5 }, datumOffset: 3.2, photo: 'a'.repeat(64) },
  demands: mountingDemandsOf(['water_level'])
}

const failing = (changes: Partial<AcceptanceFacts>) =>
  acceptanceOf({ ...good, ...changes })
    .results.filter(({ result }) => result === 'failed')
    .map(({ criterion, found, lacking }) => [criterion, found, lacking])

describe('the verdict on an installed device', () => {
  test('is "Đạt" if everything that applies is there, at the limit too', () => {
    expect(acceptanceOf(good)).toMatchObject({ isPassed: true })
    expect(acceptanceOf({ ...good, isLorawan: false, link: undefined, hasBattery: false })).toMatchObject({
      isPassed: true
    })
  })

  test.each<[string, Partial<AcceptanceFacts>, unknown]>([
    ['heard twice', { heard: 2 }, ['heard', 2, []]],
    ['a margin of 4.9 dB', { link: { snr: -2.6, marginDb: 4.9 } }, ['margin', 4.9, []]],
    ['no radio measurement', { link: undefined }, ['margin', undefined, ['snr']]],
    ['no value', { values: [] }, ['plausible', 0, []]],
    [
      'a value that cannot be',
      { values: [{ metric: 'water_level', value: 900, isPlausible: false }] },
      ['plausible', 1, ['water_level']]
    ],
    ['a battery that nobody knows', { battery: undefined }, ['battery', undefined, ['battery']]],
    ['an old battery', { battery: { percent: undefined, volts: 2.8 } }, ['battery', 2.8, []]],
    [
      'no datum and no photo',
      { mounting: { position: { latitude: 18, longitude: 105 } } },
      ['mounting', undefined, ['datumOffset', 'photo']]
    ],
    ['no mounting facts', { mounting: undefined }, ['mounting', undefined, ['position', 'datumOffset', 'photo']]]
  ])('is "Chưa đạt" with %s, and says what is wrong', (_name, changes, expected) => {
    expect(acceptanceOf({ ...good, ...changes }).isPassed).toBe(false)
    expect(failing(changes)).toEqual([expected])
  })

  test('takes the strictest floor where the spreading factor is not known', () => {
    expect(linkMarginDb({ snr: -2.5, marginDb: undefined })).toBe(5)
  })

  test('demands the height where it matters, and the datum of a water level', () => {
    expect(mountingDemandsOf(['soil_moisture', 'rssi'])).toEqual(['position', 'height', 'photo'])
    expect(mountingDemandsOf(['water_level'])).toEqual(['position', 'datumOffset', 'photo'])
    expect(mountingDemandsOf(['door_open'])).toEqual(['position', 'photo'])
  })
})
