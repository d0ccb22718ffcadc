import { z } from 'zod'
import type { CodecResult } from '../codec/codec-runtime.ts'
import { likeness } from '../profiles/likeness.ts'
import type { PublishedExample } from './published-codec.ts'

/**
 * Why an example does not come out as its publisher says. A closed list.
 *
 * - `differs`: the codec answers something else
 * - `clock`: the answer holds the time at which it was made, so no stored example can agree with it
 * - `lacks-function`: the codec has no function for this call
 * - `needs-host`: it calls what only its publisher's host has, such as a module of Node's
 * - `throws`: the codec ends with an error of its own
 * - `unexpected-errors`: it answers `errors`, and the example has none
 * - `not-read`: the engine cannot read the script
 * - `limit`: it took more time or memory than a codec may have
 */
export type MismatchReason =
  'differs' | 'clock' | 'lacks-function' | 'needs-host' | 'throws' | 'unexpected-errors' | 'not-read' | 'limit'

export type Outcome =
  { readonly kind: 'alike' } | { readonly kind: 'mismatch'; readonly reason: MismatchReason; readonly detail: string }

const alike: Outcome = { kind: 'alike' }

/**
 * Compares what a codec answered with what its publisher says. As JSON, order of keys ignored, numbers within 1e-9; null
 * counts as absent, and so do empty `errors` and `warnings`. Texts that name the same millisecond are alike, since some
 * hosts hand `recvTime` over as text and others as a Date.
 *
 * @param later - the answer to the same call at another time: where the two differ, the clock is in them.
 */
export function outcomeOf(example: PublishedExample, result: CodecResult, later?: CodecResult): Outcome {
  const { output } = result
  if (output === undefined) return failed(result)
  const difference = likeness(settled(stated(output, example.expected)), settled(example.expected))
  if (difference === undefined) return alike
  const isOfClock = later !== undefined && likeness(later.output, output) !== undefined
  if (isOfClock) return { kind: 'mismatch', reason: 'clock', detail: difference }
  if (result.ok) return { kind: 'mismatch', reason: 'differs', detail: difference }
  const reason = isOfHost.test(result.message) ? 'needs-host' : 'unexpected-errors'
  return { kind: 'mismatch', reason, detail: result.message }
}

function failed(result: CodecResult): Outcome {
  if (result.ok) return { kind: 'mismatch', reason: 'throws', detail: 'no output' }
  const { code, message } = result
  const reason = code === 'codec-error' ? reasonOf(message) : 'limit'
  return { kind: 'mismatch', reason, detail: code === 'codec-error' ? message : `${code}: ${message}` }
}

function reasonOf(message: string): MismatchReason {
  if (/^ReferenceError: the codec has (?:no|none)/.test(message)) return 'lacks-function'
  if (isOfHost.test(message)) return 'needs-host'
  return message.startsWith('SyntaxError') ? 'not-read' : 'throws'
}

const isOfHost = /'[\w$]+' is not defined|there is no module/

/** The output without its port where the example of a downlink states none. */
function stated(output: unknown, expected: unknown): unknown {
  const isPortless = z.looseObject({ bytes: z.unknown() }).safeParse(expected).data?.['fPort'] === undefined
  const encoded = isPortless ? z.looseObject({ bytes: z.array(z.unknown()) }).safeParse(output) : undefined
  if (encoded?.success !== true) return output
  const { fPort: _fPort, ...rest } = encoded.data
  return rest
}

/** ISO 8601 with a time, as JSON has dates; fractions of a second of any length. */
const instant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/

function settled(value: unknown, isTop = true): unknown {
  if (typeof value === 'string' && instant.test(value)) {
    const at = Date.parse(value)
    return Number.isNaN(at) ? value : new Date(at).toISOString()
  }
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(item => settled(item, false))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([key, member]) => !isNothing(member) && !(isTop && isEmptyRemark(key, member))
  )
  return Object.fromEntries(kept.map(([key, member]) => [key, settled(member, false)]))
}

/** In JSON a number that is none is null. */
function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))
}

function isEmptyRemark(key: string, member: unknown): boolean {
  if (key !== 'errors' && key !== 'warnings') return false
  return member === '' || (Array.isArray(member) && member.length === 0)
}
