import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chainsOf } from './chain.ts'
import { morning, person, rosterOf, run, situationOf } from './situation.fixture.ts'
import type { Answers, History } from './situation.fixture.ts'
import type { NoticeState, Roster } from './situation.ts'

/* What holds whoever is told, whatever channels answer, whenever it is. */

const h = 3_600_000
const seeded = { seed: 20261130, numRuns: 80 }
const ids = ['zalo', 'push', 'mail', 'sms', 'voice']

const people = fc
  .array(fc.shuffledSubarray(ids, { minLength: 1 }), { minLength: 1, maxLength: 5 })
  .map(list => list.map((channels, index) => person(index + 1, channels, { quiet: { from: '21:00', to: '06:30' } })))
const rosters: fc.Arbitrary<Roster> = fc
  .tuple(people, fc.boolean(), fc.integer({ min: 1, max: 3 }), fc.boolean())
  .map(([some, isPolicy, rounds, isDouble]) => {
    const stages = some.map(({ id }) => ({ recipients: [id] }))
    const one = { chain: stages, timing: { critical: { rounds } } }
    const two = { id: 'hai', chain: [{ recipients: some.map(({ id }) => id) }] }
    return rosterOf(some, isPolicy ? (isDouble ? [one, two] : [one]) : [])
  })
const begins = fc.integer({ min: morning, max: morning + 24 * h })
/** The same notice is answered the same way. */
const answers = (states: readonly NoticeState[]) =>
  fc
    .array(fc.record({ state: fc.constantFrom(...states), afterMs: fc.nat(200_000) }), { minLength: 7, maxLength: 7 })
    .map(
      (list): Answers =>
        ({ key }) =>
          list[key.charCodeAt(3) % list.length] ?? { state: 'sent', afterMs: 0 }
    )
const anything = answers(['sent', 'reached', 'refused', 'failed', 'waiting'])
const raisedAt = (at: number): History => [[at, { kind: 'raised' }]]

describe('whatever the channels answer', () => {
  it('no critical alarm is dropped: somebody is told at once', () => {
    fc.assert(
      fc.property(rosters, anything, begins, (roster, answer, at) => {
        const { told } = run(raisedAt(at), roster, { answers: answer, until: at })
        expect(told.length).toBeGreaterThan(0)
      }),
      seeded
    )
  })

  it('nothing is told twice with one key', () => {
    fc.assert(
      fc.property(rosters, anything, begins, fc.nat(2 * h), (roster, answer, at, worseAfter) => {
        const history: History = [...raisedAt(at), [at + worseAfter, { kind: 'level', level: 2 }]]
        const { told } = run(history, roster, { answers: answer, until: at + 3 * h })
        expect(new Set(told.map(({ notice }) => notice.key)).size).toBe(told.length)
      }),
      seeded
    )
  })

  it('after it is acknowledged nothing more is sent', () => {
    fc.assert(
      fc.property(rosters, anything, begins, fc.nat(h), (roster, answer, at, after) => {
        const history: History = [...raisedAt(at), [at + after, { kind: 'acknowledged' }]]
        const { told } = run(history, roster, { answers: answer, until: at + 6 * h })
        expect(told.filter(one => one.at > at + after)).toEqual([])
      }),
      seeded
    )
  })

  it('each person of the chain is told in bounded time if nobody acknowledges', () => {
    fc.assert(
      fc.property(rosters, answers(['sent', 'reached', 'refused', 'failed']), begins, (roster, answer, at) => {
        // Each person: five channels at most, each 200 s until it is refused or 120 s until it counts as unanswered; then 300 s.
        const until = at + roster.recipients.size * (5 * 200_000 + 300_000)
        const { told } = run(raisedAt(at), roster, { answers: answer, until })
        const chains = chainsOf(situationOf(raisedAt(at)), roster, at)
        expect(chains.length).toBeGreaterThan(0)
        expect(new Set(told.map(({ notice }) => notice.recipient)).size).toBe(roster.recipients.size)
      }),
      seeded
    )
  })
})
