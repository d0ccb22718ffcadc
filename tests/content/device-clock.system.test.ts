import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen } from './content-sen.ts'

/* Devices whose clocks are wrong: a bad time is replaced, marked and counted, and hides nothing. */
const hourMs = 3_600_000
const dayMs = 24 * hourMs
let sen: ContentSen

beforeAll(async () => {
  sen = await ContentSen.start({ 'lua-01': 'json-weather', 'lua-02': 'json-weather' })
}, 60_000)

afterAll(() => sen.remove())

const iso = (time: number) => new Date(time).toISOString()

/** `ts` as a device sends it, and whether it is believed. */
const clocks = (now: number): readonly (readonly [title: string, ts: unknown, believed: number | undefined])[] => [
  ['1970', 0, undefined],
  ['1970, a day in', 86_400, undefined],
  ['2000-01-01 in seconds', 946_684_800, undefined],
  ['2000-01-01 as text', '2000-01-01T00:00:00Z', undefined],
  ['2^31 s', 2 ** 31, undefined],
  ['2^31 − 1 s, as text', '2038-01-19T03:14:07Z', undefined],
  ['2106', 4_294_967_295, undefined],
  ['2106 as text', '2106-02-07T06:28:15Z', undefined],
  ['the year 9999', '9999-12-31T23:59:59Z', undefined],
  ['2^53', 2 ** 53, undefined],
  ['microseconds', now * 1000, undefined],
  ['nanoseconds', now * 1e6, undefined],
  ['milliseconds where seconds are meant', Math.floor(now / 1000) * 1000, Math.floor(now / 1000) * 1000],
  ['seconds', Math.floor(now / 1000) - 60, (Math.floor(now / 1000) - 60) * 1000],
  ['seconds with a fraction', Math.floor(now / 1000) - 61.5, (Math.floor(now / 1000) - 61.5) * 1000],
  ['negative', -1, undefined],
  ['negative milliseconds', -now, undefined],
  ['a number as text', String(now), undefined],
  ['no offset', iso(now).replace('Z', ''), undefined],
  ['an offset', iso(now - 62_000 + 7 * hourMs).replace('Z', '+07:00'), now - 62_000],
  ['the 31st of February', '2026-02-31T00:00:00Z', undefined],
  ['words', 'hôm qua', undefined],
  ['true', true, undefined],
  ['an object', { seconds: 1 }, undefined],
  ['infinity', 'Infinity', undefined],
  ['29 days and 23 hours ago', now - 30 * dayMs + hourMs, now - 30 * dayMs + hourMs],
  ['31 days ago', now - 31 * dayMs, undefined],
  ['in 59 minutes', now + 59 * 60_000, now + 59 * 60_000],
  ['in 61 minutes', now + 61 * 60_000, undefined]
]

describe('a device with a wrong clock', { timeout: 60_000 }, () => {
  it('is stored at its own time where that may be believed, else at the time of receipt, marked and counted', async () => {
    const now = Date.now()
    const cases = clocks(now)
    for (const [i, [, ts]] of cases.entries()) {
      await sen.publish('lua-01', { ts, co2: 1000 + i })
      // Of two that come in one millisecond, neither with a time of its own, the second would stand.
      await delay(2)
    }
    const { messages, readings } = await sen.accounts()
    expect(messages).toMatchObject({ received: cases.length, stored: cases.length, quarantined: 0 })
    expect(readings).toMatchObject({ decoded: cases.length, stored: cases.length, superseded: 0 })

    const { t, value, quality } = await sen.rows('lua-01', 'co2')
    const found = new Map(value.map((one, row) => [one, { t: t[row] ?? '', quality: quality[row] }]))
    for (const [i, [title, , believed]] of cases.entries()) {
      const row = found.get(1000 + i)
      if (believed === undefined) {
        const late = Date.parse(row?.t ?? '') - now
        expect([title, row?.quality, late >= 0 && late < 60_000]).toEqual([title, 'receive-time', true])
      } else expect([title, row]).toEqual([title, { t: iso(believed), quality: 'good' }])
    }
    const refused = cases.filter(([, , believed]) => believed === undefined).length
    expect(await sen.metric('sen_device_times_refused_total')).toBe(refused)
  })

  it('opens no bucket outside the window', async () => {
    const far = 'from=1970-01-01T00:00:00Z&to=2199-01-01T00:00:00Z&every=365d&fn=count'
    const { t, count } = (await sen.get(`/readings?device=lua-01&metric=co2&${far}`)) as {
      readonly t: readonly string[]
      readonly count: readonly number[]
    }
    const years = t.filter((_, i) => (count[i] ?? 0) > 0)
    for (const year of years) expect(Math.abs(Date.parse(year) - Date.now())).toBeLessThan(2 * 365 * dayMs)
  })

  it('does not hide later values from whoever asks for the newest', async () => {
    await sen.publish('lua-02', { ts: '2106-01-01T00:00:00Z', co2: 1 })
    await sen.publish('lua-02', { ts: 2 ** 31, co2: 2 })
    await sen.publish('lua-02', { ts: (Date.now() + 30 * dayMs) / 1000, co2: 3 })
    await sen.publish('lua-02', { co2: 4 })
    await sen.accounts()
    const { items } = (await sen.get('/readings/latest?device=lua-02&metric=co2')) as {
      readonly items: readonly { readonly value: number }[]
    }
    expect(items.map(({ value }) => value)).toEqual([4])
  })
})

describe('with a window of its own', { timeout: 60_000 }, () => {
  it('Sen believes what the operator says may be believed', async () => {
    const own = await ContentSen.start(
      { 'lua-01': 'json-weather' },
      { environment: { SEN_TIME_PAST_DAYS: '400', SEN_TIME_FUTURE_HOURS: '0' } }
    )
    try {
      const now = Date.now()
      await own.publish('lua-01', { ts: now - 399 * dayMs, co2: 1 })
      await own.publish('lua-01', { ts: now - 401 * dayMs, co2: 2 })
      await own.publish('lua-01', { ts: now + 30 * 60_000, co2: 3 })
      await own.accounts()
      const { t, value, quality } = await own.rows('lua-01', 'co2')
      expect(value).toEqual([1, 2, 3])
      expect(quality).toEqual(['good', 'receive-time', 'receive-time'])
      expect(t[0]).toBe(iso(now - 399 * dayMs))
    } finally {
      await own.remove()
    }
  })
})
