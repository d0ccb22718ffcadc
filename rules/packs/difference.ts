import type { RuleCase } from './case.ts'

/** An alarm that was found: what it is about, and its levels by time since the case began, ms; level 0: over. */
export interface FoundAlarm {
  readonly about: string
  readonly steps: readonly (readonly [level: number, since: number])[]
}

/** @returns the first difference between what a case expects and what was found, in words; `undefined`: none. */
export function differenceOf(expected: RuleCase['expected'], found: readonly FoundAlarm[]): string | undefined {
  for (const [i, want] of expected.entries()) {
    const have = found[i]
    if (!have) return `expects ${alarmText(i, want.about)}, ${stepsText(want.steps)}; found ${countText(found.length)}`
    if (want.about !== undefined && want.about !== have.about)
      return `expects alarm ${i + 1} of ${want.about}, found it of ${have.about}`
    if (stepsText(want.steps) !== stepsText(have.steps))
      return `${alarmText(i, have.about)} is expected ${stepsText(want.steps)}; found ${stepsText(have.steps)}`
  }
  const more = found[expected.length]
  if (!more) return undefined
  const count = expected.length === 0 ? 'no alarm' : `no more than ${countText(expected.length)}`
  return `expects ${count}; found ${alarmText(expected.length, more.about)}, ${stepsText(more.steps)}`
}

function stepsText(steps: FoundAlarm['steps']): string {
  return steps
    .map(([level, since]) => (level === 0 ? `over at ${timeText(since)}` : `level ${level} at ${timeText(since)}`))
    .join(', ')
}

function alarmText(i: number, about: string | undefined): string {
  return about === undefined ? `alarm ${i + 1}` : `alarm ${i + 1} (${about})`
}

function countText(count: number): string {
  return count === 1 ? '1 alarm' : `${count} alarms`
}

/** 31,200,000 → "8h40m": as cases write it. */
function timeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  const seconds = (ms - minutes * 60_000) / 1000
  const parts = [
    [Math.floor(minutes / 60), 'h'],
    [minutes % 60, 'm'],
    [seconds, 's']
  ] as const
  const text = parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join('')
  return text === '' ? '0' : text
}
