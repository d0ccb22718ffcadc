/** Of texts for people. */
export type Language = 'vi' | 'en'

const locales = { vi: 'vi-VN', en: 'en-GB' } as const

/** How many decimals a quantity is said with: levels in metres always two, as bulletins do; small numbers three digits. */
function decimalsOf(value: number, unit: string): { readonly least: number; readonly most: number } {
  if (unit === 'm') return { least: 2, most: 2 }
  const size = Math.abs(value)
  if (size > 0 && size < 0.1) return { least: 0, most: Math.min(20, 2 - Math.floor(Math.log10(size))) }
  return { least: 0, most: size >= 1000 ? 1 : 2 }
}

/** A number with its unit, `6,95 m` in Vietnamese and `6.95 m` in English. Words (a state) stay as they are. */
export function quantity(value: number | string, unit: string, language: Language): string {
  const said = typeof value === 'string' ? value : number(value, unit, language)
  return unit === '' ? said : `${said} ${unit}`
}

function number(value: number, unit: string, language: Language): string {
  if (!Number.isFinite(value)) return '?'
  if (Math.abs(value) >= 1e15) return value.toExponential(3)
  return formatter(language, decimalsOf(value, unit)).format(value)
}

const formatters = new Map<string, Intl.NumberFormat>()

/** Kept: making one costs more than all else of a message, and a storm is a thousand messages. */
function formatter(language: Language, { least, most }: ReturnType<typeof decimalsOf>): Intl.NumberFormat {
  const name = `${language} ${least} ${most}`
  const known = formatters.get(name)
  if (known) return known
  const options = { minimumFractionDigits: least, maximumFractionDigits: most }
  const made = new Intl.NumberFormat(locales[language], options)
  formatters.set(name, made)
  return made
}

/** A day and time in Việt Nam (UTC+7, no summer time), `14:30 22/11/2026`; `isShort` leaves the year out. */
export function moment(at: number, isShort = false): string {
  const shifted = new Date(at + 7 * 3_600_000)
  if (Number.isNaN(shifted.getTime())) return '?'
  const [date = '', time = ''] = shifted.toISOString().split('T')
  const [year = '', month = '', day = ''] = date.replace(/^[+-]0*/, '').split('-')
  return `${time.slice(0, 5)} ${day}/${month}${isShort ? '' : `/${year}`}`
}
