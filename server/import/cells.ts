import { deviceTimeOf } from '../../devices/event-time.ts'
import type { Metric } from '../../model/metric.ts'
import { converted, unitsFor } from '../../model/unit.ts'

/** A cell's value, or the rule that it breaks. */
export type Cell<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rule: string }

const wrong = (rule: string) => ({ ok: false, rule }) as const

const dayFirst = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?$/
const isoLocal = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?$/

/**
 * Reads a time: ISO 8601, seconds or milliseconds since the epoch, or as Vietnamese spreadsheets write it
 * (`17/10/2019 06:30`, day first). A date alone is its first moment.
 *
 * @param zone - what a time without an offset is in: `Z` or `+07:00`.
 * @returns ms since the epoch, UTC.
 */
export function timeOfCell(text: string, zone: string): Cell<number> {
  const cell = text.trim()
  if (/^-?\d{9,14}(?:\.\d+)?$/.test(cell)) return checked(deviceTimeOf(Number(cell)))
  const local = dayFirst.exec(cell)
  const [year, month, day] = local ? [local[3], local[2], local[1]] : (isoLocal.exec(cell)?.slice(1, 4) ?? [])
  if (year === undefined) return checked(deviceTimeOf(cell))
  const [hour = '00', minute = '00', second = '00', fraction = '0'] = (local ?? isoLocal.exec(cell) ?? []).slice(4)
  const two = (part: string | undefined): string => (part ?? '').padStart(2, '0')
  const clock = `${two(hour)}:${minute}:${second}.${fraction}`
  return checked(deviceTimeOf(`${year}-${two(month)}-${two(day)}T${clock}${zone}`))
}

function checked(time: number | undefined): Cell<number> {
  if (time === undefined || Number.isNaN(time)) return wrong('must be a time: 17/10/2019 06:30, or ISO 8601')
  if (time < earliest) return wrong('is before 1900')
  return { ok: true, value: time }
}

const earliest = Date.UTC(1900, 0, 1)
const nothing = new Set(['', '-', '--', 'nan', 'null', 'none', 'n/a', 'na', '#n/a'])

/** Whether the cell says that there is no value. */
export function isMissing(text: string, missing: readonly string[]): boolean {
  const cell = text.trim()
  return nothing.has(cell.toLowerCase()) || missing.includes(cell)
}

const pointNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const commaNumber = /^[+-]?(?:\d+|\d{1,3}(?:[.\u00A0\u202F ]\d{3})+)(?:,\d+)?(?:[eE][+-]?\d+)?$/

/**
 * Reads a number. Nothing is guessed: where a comma is the decimal sign, `1.234` without one could be either, and is refused.
 */
export function numberOfCell(text: string, decimal: 'comma' | 'point'): Cell<number> {
  const cell = text.trim()
  if (decimal === 'point') return pointNumber.test(cell) ? exact(Number(cell)) : wrong('must be a number, as 7.62')
  if (/^[+-]?\d+\.\d+$/.test(cell)) return wrong('could be a decimal point or thousands: say which with --decimal')
  if (!commaNumber.test(cell)) return wrong('must be a number, as 7,62')
  return exact(Number(cell.replace(/[.\u00A0\u202F ]/g, '').replace(',', '.')))
}

function exact(value: number): Cell<number> {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? { ok: true, value } : wrong('is beyond 2^53')
}

const yes = new Set(['1', 'true', 'yes', 'on', 'có', 'mở', 'bật', 'đúng'])
const no = new Set(['0', 'false', 'no', 'off', 'không', 'đóng', 'tắt', 'sai'])

/** Reads a value of a metric, in the metric's unit; claims are 1 and 0. @param unit - '' is the metric's own. */
export function valueOfCell(
  text: string,
  metric: Metric,
  { unit, decimal }: { readonly unit: string; readonly decimal: 'comma' | 'point' }
): Cell<number | string> {
  const cell = text.trim().normalize('NFC')
  switch (metric.kind) {
    case 'text':
      // What an export has guarded against being taken for a formula.
      return { ok: true, value: /^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text }
    case 'boolean': {
      const word = cell.toLowerCase()
      return yes.has(word) ? { ok: true, value: 1 } : no.has(word) ? { ok: true, value: 0 } : wrong('must be 1 or 0')
    }
    case 'number': {
      const number = numberOfCell(cell, decimal)
      if (!number.ok) return number
      const value = converted(number.value, unit, metric.unit)
      if (value !== undefined) return { ok: true, value }
      return wrong(
        `the unit "${unit}" is none of ${metric.name}, which is given in ${unitsFor(metric.unit).join(', ')}`
      )
    }
    default:
      return metric.kind satisfies never
  }
}
