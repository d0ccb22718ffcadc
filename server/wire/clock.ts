import { scaledClock, systemClock } from '../../model/clock.ts'
import type { Clock } from '../../model/clock.ts'
import type { Settings } from '../config.ts'

/*
 * This folder alone chooses implementations, a file for each thing that is chosen: a thread loads what it runs, and nothing
 * else (decision 0010). The two logs, the series store and the state store each have a folder or file of their own below
 * SEN_DATA.
 */

export function openClock(settings: Settings): Clock {
  const { clock } = settings
  return clock ? scaledClock(clock.speed, clock.at, clock.now) : systemClock
}
