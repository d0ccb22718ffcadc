import { expect, it } from 'vitest'
import { FaultyMonth } from './faulty-month.ts'

it('broken sensors of a month are found within a day, and right ones are not doubted', { timeout: 60_000 }, () => {
  const month = new FaultyMonth(1, 24, { air: 6, soil: 4, pond: 5 })
  expect(month.run([]).filter(({ kind }) => kind.startsWith('value-'))).toEqual([])
  const round = month.rounds()[0] ?? []
  const events = month.run(round)
  const missed = round.filter(fault => !month.isFound(fault, events))
  expect(missed.length / round.length).toBeLessThanOrEqual(0.05)
  const broken = new Set(round.map(({ device }) => device))
  expect(events.filter(({ device = '' }) => !broken.has(device))).toEqual([])
})
