import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ClockSetting } from '../model/clock.ts'

const setting = z.object({ at: z.number(), now: z.number(), speed: z.number().positive() })

/**
 * The clock of a demo that runs faster than the world. It is kept beside the data, so that a second start goes on where
 * the first ended and time never runs back in the log.
 *
 * @returns `undefined` for the machine's own clock.
 */
export function demoClock(folder: string, speed: number): ClockSetting | undefined {
  const file = join(folder, 'demo-clock.json')
  const before = clockBefore(file)
  if (speed === 1 && !before) return undefined
  const at = Date.now()
  const now = before ? Math.max(at, before.now + Math.max(0, at - before.at) * before.speed) : at
  const clock = { at, now, speed }
  writeFileSync(`${file}.new`, JSON.stringify(clock))
  renameSync(`${file}.new`, file)
  return clock
}

/** A file that cannot be read is one that is not there: the journal keeps receive time from running back. */
function clockBefore(file: string): ClockSetting | undefined {
  if (!existsSync(file)) return undefined
  try {
    return setting.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
