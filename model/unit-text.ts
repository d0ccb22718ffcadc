/** UCUM codes whose written form does not follow from the code. */
const special: Readonly<Record<string, string>> = {
  Cel: '°C',
  deg: '°',
  '[pH]': '',
  'kW.h': 'kWh',
  'Cel.d': '°C·d',
  '[ppm]': 'ppm',
  '[NTU]': 'NTU',
  '1': ''
}

const superscript: Readonly<Record<string, string>> = { '-': '⁻', '1': '¹', '2': '²', '3': '³' }

/**
 * A unit as people write it: `uS/cm` → "µS/cm", `m3` → "m³", `Cel` → "°C". Unknown codes stay as they are, only prettier.
 * Source of the codes: UCUM 2.1, and the metric catalogue.
 *
 * @param minute - the word for a minute, which some languages write out ("L/phút").
 */
export function unitText(code: string, minute = 'min'): string {
  const known = special[code]
  if (known !== undefined) return known
  return code
    .replace(/(^|[/.])u(?=[A-Za-z])/g, '$1µ')
    .replace(/(?<=[A-Za-z])-?[123](?![0-9])/g, digits => [...digits].map(digit => superscript[digit] ?? digit).join(''))
    .replaceAll('.', '·')
    .replace(/\bmin\b/, minute)
}
