import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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
  const before = existsSync(file) ? setting.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
  if (speed === 1 && !before) return undefined
  const at = Date.now()
  const now = before ? Math.max(at, before.now + (at - before.at) * before.speed) : at
  const clock = { at, now, speed }
  writeFileSync(file, JSON.stringify(clock))
  return clock
}
