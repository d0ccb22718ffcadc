import type { Failure } from '../state/failure.ts'
import type { Dictionary } from './dictionary.ts'
import type { Formats } from './formats.ts'

export interface FailureText {
  readonly text: string
  /** What the server itself said, for whoever must find the cause. */
  readonly said?: string
}

const minuteMs = 60_000

/**
 * What people are told of a failure.
 *
 * @param instead - own sentences for some of Sen's error codes, where the place says more than the code.
 */
export function failureText(
  failure: Failure,
  words: Dictionary['common'],
  formats: Formats,
  instead: Readonly<Record<string, string>> = {}
): FailureText {
  const { failures } = words
  switch (failure.kind) {
    case 'unreachable':
      return { text: failures.unreachable }
    case 'too-slow':
      return { text: failures.tooSlow }
    case 'cancelled':
      return { text: failures.cancelled }
    case 'unexpected':
      return { text: failures.unexpected(failure.detail) }
    case 'refused': {
      const codes: Readonly<Record<string, string>> = { ...failures.codes, ...instead }
      const known = failure.code === undefined ? undefined : codes[failure.code]
      const tries = failure.triesLeft === undefined ? [] : [failures.triesLeft(formats.count(failure.triesLeft))]
      const text = [known ?? failures.refused(failure.detail), ...tries, ...waitOf(failure.retryAt, words, formats)]
      const isSaid = known === undefined || (failure.code !== undefined && failure.code in instead)
      return isSaid ? { text: text.join(' ') } : { text: text.join(' '), said: failure.detail }
    }
  }
}

/** A short wait is told as a duration, a long one as the time when it ends. */
function waitOf(retryAt: number | undefined, words: Dictionary['common'], formats: Formats): readonly string[] {
  if (retryAt === undefined) return []
  const waitMs = retryAt - Date.now()
  if (waitMs > 60 * minuteMs) return [words.failures.retryAt(formats.minute(retryAt))]
  return [words.failures.retryIn(durationText(waitMs, words, formats))]
}

/** @returns "45 giây", "12 phút", "3 giờ": rounded up. */
export function durationText(ms: number, words: Dictionary['common'], formats: Formats): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  if (seconds < 100) return words.seconds(formats.count(seconds))
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 100) return words.minutes(formats.count(minutes))
  return words.hours(formats.count(Math.ceil(minutes / 60)))
}
