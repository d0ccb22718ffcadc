import type { Scenario } from './scenario.ts'

/** Whether its test needs a server whose clock runs fast: it takes its time, or something comes of it after an hour. */
export function isInTime({ name, takesItsTime = false }: Scenario): boolean {
  return takesItsTime || name === 'battery-decay'
}
