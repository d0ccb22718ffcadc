import { expect, it } from 'vitest'
import { unwatched, watched } from './watch.ts'
import type { Pulse } from './watch.ts'

const up = (position: number, notifierAgeMs = 400): Pulse => ({ isUp: true, position, notifierAgeMs })
const down: Pulse = { isUp: false, reason: 'no answer' }

/** What rings at which look. */
function ringsOf(pulses: readonly Pulse[], looks = 2): readonly string[] {
  let watch = unwatched
  return pulses.map((pulse, now) => {
    const look = watched(watch, pulse, { now, looks, notifierMs: 60_000 })
    watch = look.watch
    return look.ring ? `${look.ring.kind} ${look.ring.reason}` : '-'
  })
}

it.each([
  ['nothing is wrong', [up(1), up(2), up(3)], ['-', '-', '-']],
  ['one look fails', [up(1), down, up(2)], ['-', '-', '-']],
  ['it is down, and comes back', [up(1), down, down, down, up(2)], ['-', '-', 'down no answer', '-', 'back no answer']],
  ['its log stands still', [up(7), up(7), up(7)], ['-', '-', 'down its log stands still at 7']],
  [
    'it was restored from a backup',
    [up(7), down, up(3), up(4)],
    ['-', '-', 'down its log stands still at 3', 'back its log stands still at 3']
  ],
  [
    'people are not told',
    [up(1), up(2, 61_000), up(3, 71_000)],
    ['-', '-', 'down nobody is told of alarms since 71 s']
  ],
  [
    'nothing is told without a token',
    [{ isUp: true, position: undefined, notifierAgeMs: undefined } as const, down],
    ['-', '-']
  ]
])('rings once an outage and once when it is over: %s', (_, pulses, rings) => {
  expect(ringsOf(pulses)).toEqual(rings)
})
