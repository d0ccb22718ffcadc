import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess, isAtRest } from '../sen-process.ts'
import { ContentSen } from './content-sen.ts'

/*
 * One raw log, decoded and asked under three time zones of the process: the one of Việt Nam, one with daylight saving whose two
 * changes lie in the data, and none. What is stored and answered is the same to the byte, and no hour is missing or doubled.
 */
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const zones = ['Asia/Ho_Chi_Minh', 'America/New_York', undefined] as const
const environment = { SEN_TIME_PAST_DAYS: '800' }
/** A year and a day up to the last full hour: every change to and from daylight saving is in it. */
const end = Math.floor(Date.now() / hourMs) * hourMs
const begin = end - 366 * dayMs
const hours = (end - begin) / hourMs
const iso = (time: number) => new Date(time).toISOString()
const wholeYear = `device=lua-01&metric=co2&from=${iso(begin)}&to=${iso(end)}`

let token: string
/** By zone: path → the answer's text. */
const answers = new Map<string, ReadonlyMap<string, string>>()
const opened: { remove(): Promise<void> }[] = []

const questions = [
  `/readings?${wholeYear}&every=1h&fn=count,mean,min,max,first,last,sum`,
  `/readings?${wholeYear}&every=1d&fn=count,sum`,
  `/readings?${wholeYear}&every=7d&fn=count`,
  `/readings?${wholeYear}&every=37m&fn=count`,
  `/readings?${wholeYear}&limit=20000`,
  `/readings?device=lua-01&metric=status_text&from=1970-01-01T00:00:00Z&to=2199-01-01T00:00:00Z`,
  `/readings?device=lua-01&metric=ph&from=1970-01-01T00:00:00Z&to=2199-01-01T00:00:00Z`,
  `/readings/export?${wholeYear}`,
  '/readings/latest',
  '/devices',
  '/ingest/quarantine',
  '/accounting'
]

beforeAll(async () => {
  delete process.env['TZ']
  const source = await ContentSen.start({ 'lua-01': 'json-weather' }, { environment })
  opened.push(source)
  token = source.token
  const samples = Array.from({ length: 2 * hours }, (_, i) => ({ ts: begin + (i * hourMs) / 2, co2: 400 + (i % 97) }))
  for (let i = 0; i < samples.length; i += 1000) await source.publish('lua-01', samples.slice(i, i + 1000))
  await source.publish('lua-01', { ts: iso(end - 60_000).replace('Z', ''), ph: 7, status_text: 'không có múi giờ' })
  await source.publish('lua-01', { ts: '2026-11-01T01:30:00-04:00', ph: 6.1 })
  await source.publish('lua-01', { ts: '2026-11-01T01:30:00-05:00', ph: 6.2 })
  await source.publish('lua-01', '{"ts":')
  await source.accounts()
  await source.quarantine(1)
  await source.process.stop()
  for (const zone of zones) await ask(zone, source.process.folder)
}, 240_000)

afterAll(async () => {
  for (const one of opened) await one.remove()
})

/** Starts Sen on a copy of the data, without what is made from the raw log, and asks everything. */
async function ask(zone: string | undefined, folder: string): Promise<void> {
  const sen = await SenProcess.create({ environment: { ...environment, ...(zone !== undefined && { TZ: zone }) } })
  opened.push(sen)
  await cp(folder, sen.folder, { recursive: true })
  for (const name of await readdir(sen.folder)) {
    if (name.startsWith('series.duckdb') || name === 'readings') await rm(join(sen.folder, name), { recursive: true })
  }
  await sen.start()
  await sen.getUntil('/accounting', token, isAtRest)
  const texts = new Map<string, string>()
  for (const path of questions) {
    const answer = await fetch(`${sen.ready.http}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    const text = await answer.text()
    expect([path, answer.status, text.length > 2]).toEqual([path, 200, true])
    texts.set(path, text)
  }
  answers.set(zone ?? 'none', texts)
  await sen.stop()
}

describe('hourly buckets of a year', () => {
  it.each(zones.map(zone => zone ?? 'none'))('miss and double no hour under TZ %s', zone => {
    const { t, count, sum } = JSON.parse(answers.get(zone)?.get(questions[0] ?? '') ?? '') as Record<string, number[]>
    expect(t).toEqual(Array.from({ length: hours }, (_, hour) => iso(begin + hour * hourMs)))
    expect(new Set(count)).toEqual(new Set([2]))
    expect(sum?.[0]).toBe(801)
  })

  it('come in days that begin at midnight in Việt Nam, each of 24 hours', () => {
    const { t, count } = JSON.parse(answers.get('America/New_York')?.get(questions[1] ?? '') ?? '') as {
      readonly t: readonly string[]
      readonly count: readonly number[]
    }
    for (const day of t) expect(day).toMatch(/T17:00:00\.000Z$/)
    expect(new Set(count.slice(1, -1))).toEqual(new Set([48]))
  })
})

describe('the time zone of the process', () => {
  it.each(questions)('does not change %s', path => {
    const [first, ...others] = zones.map(zone => answers.get(zone ?? 'none')?.get(path))
    expect(first).toBeDefined()
    for (const other of others) expect(other === first ? 'the same' : other).toBe('the same')
  })

  it('does not touch two moments of one wall clock hour at the change of time', () => {
    const { t, value } = JSON.parse(answers.get('America/New_York')?.get(questions[6] ?? '') ?? '') as {
      readonly t: readonly string[]
      readonly value: readonly number[]
    }
    const moments = t.flatMap((time, i) => (time.startsWith('2026-11-01') ? [[time, value[i]]] : []))
    expect(moments).toEqual([
      ['2026-11-01T05:30:00.000Z', 6.1],
      ['2026-11-01T06:30:00.000Z', 6.2]
    ])
  })
})
