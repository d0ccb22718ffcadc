import type { Condition, Operator } from '../../../../model/rule.ts'
import { decimalOf } from './decimal.ts'

/** Conditions that the form has fields for; the others are written as JSON. */
export const lineKinds = ['threshold', 'change', 'window', 'absence', 'stuck', 'other'] as const
export type LineKind = (typeof lineKinds)[number]
export const operators = ['>=', '>', '<=', '<', '=', '!='] as const satisfies readonly Operator[]
export const windowFunctions = ['sum', 'mean', 'min', 'max', 'count'] as const
/** Seconds of what lengths are given in: the longest that fits is shown. */
export const spanUnits = ['86400', '3600', '60', '1'] as const

/** One condition as it stands in the form: texts, which may not be right yet. */
export interface LineDraft {
  kind: LineKind
  metric: string
  /** Empty: the device that the alarm is about. */
  device: string
  op: Operator
  value: string
  /** Empty: the limit itself. */
  clear: string
  isAboveDatum: boolean
  fn: (typeof windowFunctions)[number]
  /** How long, in `unit` seconds. */
  amount: string
  unit: string
  /** JSON of a condition that the form has no fields for. */
  json: string
}

/** Lines that hold all, or any of them; the whole for some time. */
export interface ConditionDraft {
  match: 'all' | 'any'
  lines: LineDraft[]
  /** Empty: at once. */
  lastAmount: string
  lastUnit: string
}

/** What a person still has to put right. */
export type ConditionFault = 'value' | 'clear' | 'amount' | 'metric' | 'json'
/** A condition, or which field of which line is wrong. */
export type ReadCondition =
  | { readonly condition: Condition; readonly fault?: undefined }
  | { readonly condition?: undefined; readonly fault: ConditionFault; readonly line: number }

/** A line as the form begins with it. */
export function newLine(metric: string): LineDraft {
  return {
    ...{ kind: 'threshold', metric, device: '', op: '>=', value: '', clear: '', isAboveDatum: false },
    ...{ fn: 'sum', amount: '', unit: '60', json: '' }
  }
}

/** The form of a condition; what has no fields of its own comes as JSON. `write`: a number as the person writes it. */
export function conditionDraftOf(condition: Condition, write: (value: number) => string): ConditionDraft {
  const isLasting = condition.kind === 'lasting'
  const inner = isLasting ? condition.of : condition
  const last = isLasting ? spanOf(condition.forS, write) : { amount: '', unit: '60' }
  const isList = inner.kind === 'all' || inner.kind === 'any'
  const lines = (isList ? inner.of : [inner]).map(one => lineOf(one, write))
  return { match: isList ? inner.kind : 'all', lines, lastAmount: last.amount, lastUnit: last.unit }
}

/** @returns the condition that the form says, or the first thing that is wrong with it. */
export function readCondition(draft: ConditionDraft): ReadCondition {
  const of: Condition[] = []
  for (const [line, one] of draft.lines.entries()) {
    const read = readLine(one)
    if (typeof read === 'string') return { fault: read, line }
    of.push(read)
  }
  const [first] = of
  if (!first) return { fault: 'metric', line: 0 }
  const whole: Condition = of.length === 1 ? first : { kind: draft.match, of }
  if (draft.lastAmount.trim() === '') return { condition: whole }
  const forS = secondsOf(draft.lastAmount, draft.lastUnit)
  return forS === undefined ? { fault: 'amount', line: -1 } : { condition: { kind: 'lasting', forS, of: whole } }
}

function readLine(line: LineDraft): Condition | ConditionFault {
  if (line.kind === 'other') return readJson(line.json)
  const device = line.device === '' ? {} : { device: line.device }
  if (line.kind === 'absence') return readAbsence(line, device)
  if (line.metric === '') return 'metric'
  const source = { metric: line.metric, ...device }
  if (line.kind === 'stuck') {
    const forS = secondsOf(line.amount, line.unit)
    return forS === undefined ? 'amount' : { kind: 'stuck', ...source, forS }
  }
  const value = decimalOf(line.value)
  if (value === undefined) return 'value'
  const clear = line.clear.trim() === '' ? undefined : decimalOf(line.clear)
  if (clear === undefined && line.clear.trim() !== '') return 'clear'
  const limited = { ...source, op: line.op, value, ...(clear === undefined ? {} : { clear }) }
  if (line.kind === 'threshold')
    return { kind: 'threshold', ...limited, ...(line.isAboveDatum ? { datum: true as const } : {}) }
  const overS = secondsOf(line.amount, line.unit)
  if (overS === undefined) return 'amount'
  return line.kind === 'change'
    ? { kind: 'change', ...limited, overS }
    : { kind: 'window', ...limited, overS, fn: line.fn }
}

function readAbsence(line: LineDraft, device: { readonly device?: string }): Condition | ConditionFault {
  const source = { ...(line.metric === '' ? {} : { metric: line.metric }), ...device }
  if (line.amount.trim() === '') return { kind: 'absence', ...source }
  const afterS = secondsOf(line.amount, line.unit)
  return afterS === undefined ? 'amount' : { kind: 'absence', ...source, afterS }
}

function readJson(json: string): Condition | ConditionFault {
  try {
    const found: unknown = JSON.parse(json)
    // What it holds is checked by the server, which says the place that is wrong.
    if (typeof found === 'object' && found !== null && 'kind' in found) return found as Condition
  } catch {
    // Not JSON: said below.
  }
  return 'json'
}

function lineOf(condition: Condition, write: (value: number) => string): LineDraft {
  const line = { ...newLine(''), ...('metric' in condition && { metric: condition.metric ?? '' }) }
  if ('device' in condition) line.device = condition.device ?? ''
  const limits = (one: { readonly op: Operator; readonly value: number; readonly clear?: number | undefined }) => ({
    ...{ op: one.op, value: write(one.value), clear: one.clear === undefined ? '' : write(one.clear) }
  })
  switch (condition.kind) {
    case 'threshold':
      return { ...line, kind: 'threshold', ...limits(condition), isAboveDatum: condition.datum === true }
    case 'change':
      return { ...line, kind: 'change', ...limits(condition), ...spanOf(condition.overS, write) }
    case 'window':
      return { ...line, kind: 'window', ...limits(condition), ...spanOf(condition.overS, write), fn: condition.fn }
    case 'stuck':
      return { ...line, kind: 'stuck', ...spanOf(condition.forS, write) }
    case 'absence':
      if (condition.intervals !== undefined) break
      return {
        ...{ ...line, kind: 'absence' as const },
        ...(condition.afterS === undefined ? {} : spanOf(condition.afterS, write))
      }
    default:
  }
  return { ...newLine(''), kind: 'other', json: JSON.stringify(condition, undefined, 2) }
}

/** Up to three days people speak of hours. */
function spanOf(seconds: number, write: (value: number) => string) {
  const isDays = seconds > 72 * 3600
  const unit = spanUnits.find(one => (one !== '86400' || isDays) && seconds % Number(one) === 0) ?? '1'
  return { amount: write(seconds / Number(unit)), unit }
}

function secondsOf(amount: string, unit: string): number | undefined {
  const number = decimalOf(amount)
  return number === undefined || number <= 0 ? undefined : number * Number(unit)
}
