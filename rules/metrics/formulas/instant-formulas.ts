import type { Formula } from '../../../model/calculation.ts'
import { unionisedShare } from '../water/ammonia.ts'
import { oxygenSaturation } from '../water/oxygen-saturation.ts'
import { dewPoint } from '../weather/dew-point.ts'
import { heatIndex } from '../weather/heat-index.ts'
import { thiCattle, thiPoultry } from '../weather/temperature-humidity-index.ts'
import { vapourPressureDeficit } from '../weather/vapour-pressure.ts'
import { wetBulbTemperature } from '../weather/wet-bulb.ts'
import type { InstantFormula } from './formula.ts'

type OfAir = (temperature: number, humidity: number) => number | undefined

const ofAir = (give: OfAir): InstantFormula => ({
  kind: 'instant',
  needs: ['air_temperature', 'air_humidity'],
  uses: [],
  value: ([temperature = Number.NaN, humidity = Number.NaN]) => give(temperature, humidity)
})

const plain = {
  'dew-point': ofAir(dewPoint),
  'wet-bulb': ofAir(wetBulbTemperature),
  'heat-index': ofAir(heatIndex),
  'vapour-pressure-deficit': ofAir(vapourPressureDeficit),
  'thi-cattle': ofAir(thiCattle),
  'thi-broiler': ofAir((temperature, humidity) => thiPoultry('broiler', temperature, humidity)),
  'thi-layer': ofAir((temperature, humidity) => thiPoultry('layer', temperature, humidity)),
  'ammonia-unionised': {
    kind: 'instant',
    needs: ['water_temperature', 'ph'],
    uses: [],
    value: ([temperature = Number.NaN, ph = Number.NaN]) => 100 * unionisedShare(temperature, ph)
  }
} satisfies Readonly<Record<string, InstantFormula>>

const isPlain = (kind: string): kind is keyof typeof plain => Object.hasOwn(plain, kind)

/** @returns the formula of values of one moment; `undefined` for the other kinds. */
export function instantFormulaOf(formula: Formula): InstantFormula | undefined {
  if (isPlain(formula.kind)) return plain[formula.kind]
  if (formula.kind !== 'oxygen-saturation') return undefined
  return {
    kind: 'instant',
    needs: ['dissolved_oxygen', 'water_temperature'],
    uses: ['salinity'],
    value: ([oxygen = Number.NaN, temperature = Number.NaN, salinity = Number.NaN]) =>
      oxygenSaturation(oxygen, temperature, Number.isNaN(salinity) ? formula.salinity : salinity)
  }
}
