/**
 * Other units in which people and old loggers give a quantity, by canonical unit (a UCUM code of the metric catalogue):
 * `value × up ÷ down + offset`. Numerator and denominator stand apart so that 762 cm are 7.62 m to the last digit.
 * Sources: UCUM 2.1, tables 1 to 3; BIPM SI Brochure, 9th edition, tables 4 and 8.
 */
interface Conversion {
  readonly up: number
  readonly down: number
  readonly offset?: number
}

const by = (up: number, down = 1): Conversion => ({ up, down })

const conversions: Readonly<Record<string, Readonly<Record<string, Conversion>>>> = {
  m: { cm: by(1, 100), mm: by(1, 1000), dm: by(1, 10), km: by(1000) },
  mm: { cm: by(10), m: by(1000) },
  Cel: { K: { up: 1, down: 1, offset: -273.15 }, '[degF]': { up: 5, down: 9, offset: -160 / 9 } },
  hPa: { Pa: by(1, 100), kPa: by(10), mbar: by(1), bar: by(1000) },
  'm/s': { 'km/h': by(10, 36), '[kn_i]': by(1852, 3600) },
  'km/h': { 'm/s': by(36, 10) },
  'L/min': { 'L/s': by(60), 'm3/h': by(1000, 60), 'm3/s': by(60_000) },
  m3: { L: by(1, 1000) },
  'uS/cm': { 'mS/cm': by(1000), 'dS/m': by(1000) },
  'mg/L': { 'ug/L': by(1, 1000) },
  'g/kg': { '[ppth]': by(1) },
  'ug/m3': { 'mg/m3': by(1000) },
  'kW.h': { 'W.h': by(1, 1000), 'MW.h': by(1000) },
  W: { kW: by(1000), MW: by(1_000_000) },
  V: { mV: by(1, 1000), kV: by(1000) },
  A: { mA: by(1, 1000) },
  lx: { klx: by(1000) }
}

/** How people write units that UCUM writes otherwise. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['°C', 'Cel'],
  ['ºC', 'Cel'],
  ['độ C', 'Cel'],
  ['°F', '[degF]'],
  ['‰', '[ppth]'],
  ['ppt', '[ppth]'],
  ['m³', 'm3'],
  ['µS/cm', 'uS/cm'],
  ['μS/cm', 'uS/cm'],
  ['µg/m³', 'ug/m3'],
  ['μg/m³', 'ug/m3'],
  ['l/s', 'L/s'],
  ['l/min', 'L/min'],
  ['m³/s', 'm3/s'],
  ['m³/h', 'm3/h'],
  ['kWh', 'kW.h'],
  ['Wh', 'W.h'],
  ['MWh', 'MW.h'],
  ['mb', 'mbar']
])

/** @returns the unit as UCUM writes it. */
export function unitOf(text: string): string {
  const trimmed = text.trim()
  return spellings.get(trimmed) ?? trimmed
}

/**
 * Converts a value into a canonical unit.
 *
 * @param from - a unit, as UCUM or people write it; '' is the canonical one.
 * @returns `undefined` if Sen does not know how.
 */
export function converted(value: number, from: string, canonical: string): number | undefined {
  const unit = unitOf(from)
  if (unit === '' || unit === canonical) return value
  const conversion = conversions[canonical]?.[unit]
  if (!conversion) return undefined
  const { up, down, offset = 0 } = conversion
  return (value * up) / down + offset
}

/** @returns every unit that can be given for a canonical one, itself first. */
export function unitsFor(canonical: string): readonly string[] {
  return [canonical, ...Object.keys(conversions[canonical] ?? {})]
}
