import { expect, it } from 'vitest'
import { FaultyMonth } from './faulty-month.ts'

/*
 * The bar of the value checks: at least 95 % of broken sensors found within a day, at most one wrong mark a device and month.
 */
const stations = { air: 12, soil: 12, greenhouse: 6, pond: 6, weather: 5, canal: 4, intake: 4 }

it.each([2, 3])('of every fault in a month (seed %i)', { timeout: 600_000 }, seed => {
  const month = new FaultyMonth(seed, 30, stations)
  const wrong = month.run([]).filter(({ kind }) => kind.startsWith('value-')).length
  const found: Record<string, { found: number; of: number }> = {}
  let wrongBesides = 0
  let runs = 0
  for (const round of month.rounds()) {
    const events = month.run(round)
    runs++
    for (const fault of round) {
      const count = (found[fault.kind] ??= { found: 0, of: 0 })
      count.of++
      if (month.isFound(fault, events)) count.found++
    }
    const broken = new Set(round.map(({ device }) => device))
    wrongBesides += events.filter(({ device = '' }) => !broken.has(device)).length
  }
  const all = Object.values(found).reduce((sum, one) => ({ found: sum.found + one.found, of: sum.of + one.of }), {
    found: 0,
    of: 0
  })
  const perMonth = (wrong + wrongBesides) / (month.devices * (runs + 1))
  console.log(
    `seed ${seed}:`,
    found,
    `share ${(all.found / all.of).toFixed(3)}, wrong a device and month ${perMonth.toFixed(4)}`
  )
  expect(all.found / all.of).toBeGreaterThanOrEqual(0.95)
  expect(perMonth).toBeLessThanOrEqual(1)
})
