import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { between, shuffled } from '../../simulators/seeded-random.ts'
import { ContentSen } from './content-sen.ts'

/* Samples out of order, ten days late, and again: each is stored once at its own time, and hourly figures are right at once. */
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const isLong = process.env['SEN_TEST'] === 'long'
const count = isLong ? 12_000 : 4000
const seed = Number(process.env['SEN_SEED'] ?? Date.now() % 1_000_000)
let sen: ContentSen

interface Sample {
  readonly ts: number
  readonly co2: number
}

beforeAll(async () => {
  sen = await ContentSen.start({ 'lua-01': 'json-weather' })
}, 60_000)

afterAll(() => sen.remove())

/** Moves every sample by at most `most` places. */
function disordered(samples: readonly Sample[], most: number): readonly Sample[] {
  return samples
    .map((sample, i) => ({ sample, place: i + between(0, most, seed, 'place', i) }))
    .sort((a, b) => a.place - b.place)
    .map(({ sample }) => sample)
}

/** What a mean per hour is, computed here. */
function hourly(samples: readonly Sample[], from: number, hours: number) {
  const columns = { count: Array<number>(hours).fill(0), sum: Array<number>(hours).fill(0) }
  for (const { ts, co2 } of samples) {
    const hour = Math.floor((ts - from) / hourMs)
    columns.count[hour] = (columns.count[hour] ?? 0) + 1
    columns.sum[hour] = (columns.sum[hour] ?? 0) + co2
  }
  return columns
}

describe(`samples in any order (seed ${seed})`, { timeout: 120_000 }, () => {
  const stepMs = 60_000
  const end = Math.floor(Date.now() / hourMs) * hourMs
  const live = Array.from({ length: count }, (_, i) => ({
    ts: end - (count - i) * stepMs,
    co2: 400 + between(0, 100, seed, 'live', i)
  }))
  /** Ten days before all others: their hours are long over. */
  const late = Array.from({ length: 500 }, (_, i) => ({
    ts: end - 10 * dayMs - (500 - i) * stepMs,
    co2: 400 + between(0, 100, seed, 'late', i)
  }))
  const all = [...late, ...live]

  async function expectAll(): Promise<void> {
    const { readings } = await sen.accounts()
    expect(readings).toMatchObject({ stored: all.length, superseded: 0, refused: 0 })
    const { t, value } = await sen.rows('lua-01', 'co2')
    expect(t).toEqual(all.map(({ ts }) => new Date(ts).toISOString()))
    expect(value).toEqual(all.map(({ co2 }) => co2))
  }

  async function expectHourly(): Promise<void> {
    const from = end - 11 * dayMs
    const hours = (11 * dayMs) / hourMs
    const period = `from=${new Date(from).toISOString()}&to=${new Date(end).toISOString()}`
    const answer = (await sen.get(`/readings?device=lua-01&metric=co2&${period}&every=1h&fn=count,sum`)) as {
      readonly count: readonly number[]
      readonly sum: readonly (number | null)[]
    }
    const expected = hourly(all, from, hours)
    expect(answer.count).toEqual(expected.count)
    answer.sum.forEach((sum, hour) => expect(sum ?? 0).toBeCloseTo(expected.sum[hour] ?? 0, 6))
  }

  it('are stored once each, at their own time, though they come up to 1,000 places out of order and some ten days late', async () => {
    const arriving = disordered(live, 1000)
    const middle = Math.floor(arriving.length / 2)
    // The late ones come in the middle, backwards, in uploads of fifty.
    const messages: (Sample | readonly Sample[])[] = [...arriving.slice(0, middle)]
    for (let i = 0; i < late.length; i += 50) messages.push(late.slice(i, i + 50).reverse())
    messages.push(...arriving.slice(middle))
    for (let i = 0; i < messages.length; i += 200) {
      await Promise.all(messages.slice(i, i + 200).map(message => sen.publish('lua-01', message)))
    }
    await expectAll()
    await expectHourly()
  })

  it('change nothing when they come again in yet another order', async () => {
    const before = await sen.accounts()
    const again = shuffled(all, seed, 'again')
    for (let i = 0; i < again.length; i += 100) await sen.publish('lua-01', again.slice(i, i + 100))
    const after = await sen.accounts()
    expect(after.readings.duplicate - before.readings.duplicate).toBe(all.length)
    await expectAll()
    await expectHourly()
  })

  it('are in the hourly figures as soon as the accounts are at rest, when one comes alone into an hour long over', async () => {
    const period = `from=${new Date(end - 20 * dayMs).toISOString()}&to=${new Date(end - 20 * dayMs + hourMs).toISOString()}`
    const hour = async () =>
      (await sen.get(`/readings?device=lua-01&metric=co2&${period}&every=1h&fn=count,mean`)) as object
    expect(await hour()).toMatchObject({ count: [0], mean: [null] })
    await sen.publish('lua-01', { ts: end - 20 * dayMs + 1, co2: 7 })
    await sen.accounts()
    expect(await hour()).toMatchObject({ count: [1], mean: [7] })
  })
})
