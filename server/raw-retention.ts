import type { TrimPolicy } from '../journal/journal.ts'
import type { Position } from '../model/position.ts'
import type { Settings } from './config.ts'

const dayMs = 86_400_000

/** What is still to be decoded again is kept up to so many times the size of the raw log … */
const mostHeld = 1.25
/** … and for so many days longer: a job that does not come on fills no disk and keeps nothing for ever. */
const longestHeldDays = 7

/**
 * What the raw log keeps.
 *
 * @param now - ms UTC.
 * @param heldAfter - what comes after this is still to be decoded again; `undefined` if nothing is.
 */
export function rawRetention(
  { SEN_JOURNAL_DAYS: days, SEN_JOURNAL_MAX: maxBytes }: Pick<Settings, 'SEN_JOURNAL_DAYS' | 'SEN_JOURNAL_MAX'>,
  now: number,
  heldAfter: Position | undefined
): TrimPolicy {
  const keepAfter = now - days * dayMs
  if (heldAfter === undefined) return { keepAfter, maxBytes }
  const held = { after: heldAfter, keepAfter: keepAfter - longestHeldDays * dayMs, maxBytes: maxBytes * mostHeld }
  return { keepAfter, maxBytes, held }
}
