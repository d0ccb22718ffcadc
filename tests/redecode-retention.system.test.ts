import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FileJournal } from '../journal/file/file-journal.ts'
import { nodeFileSystem } from '../journal/file/node-file-system.ts'
import type { MessageRecord } from '../journal/journal.ts'
import { systemClock } from '../model/clock.ts'
import { silentLog } from '../model/log.ts'
import { SenProcess, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/*
 * The raw log gives up its beginning: what can be decoded again from when on, and how much is gone, is told with exact
 * numbers by the API, the command and the page. What a job that was accepted has still to read is not given up before.
 */
let sen: SenProcess
let token: string

const [held, early] = ['giu-01', 'som-01']
const hourMs = 3_600_000
const count = 2000
const now = Date.now()
/** By turns of one device and the other: half of them until five days ago, the rest within the last three days. */
const messages = Array.from({ length: count }, (_, i) => {
  const daysAgo = i < count / 2 ? 8 - (3 * i) / (count / 2) : 3 - (2.9 * (i - count / 2)) / (count / 2)
  return { i, at: Math.round(now - daysAgo * 24 * hourMs), device: i % 2 === 0 ? held : early }
})
/** What is kept is one message more: it stands in a segment of its own, so that the older ones go as a whole. */
const border = messages[count / 2]?.at ?? 0
const removed = count / 2
const days = { all: { SEN_JOURNAL_DAYS: '30' }, few: { SEN_JOURNAL_DAYS: '4' } }

interface Outside {
  readonly keptFrom: string
  readonly removed: number
  readonly quarantined: number
  readonly oldest: string | null
  readonly newest: string | null
}
interface Forecast {
  readonly messages: number
  readonly quarantined: number
  readonly outside: Outside | null
}
interface Job {
  readonly id: number
  readonly state: string
  readonly counts: Readonly<Record<string, number>>
  readonly progress: { readonly total: number; readonly done: number }
  readonly outside: Outside | null
}

/** A raw log as it grew over eight days, before anybody registered the devices. */
async function pastMessages(directory: string): Promise<void> {
  const place = { directory, fileSystem: nodeFileSystem, synced: true, segmentBytes: 16_384 }
  const journal = new FileJournal({ ...place, clock: systemClock, log: silentLog })
  await journal.start()
  const message = (topic: string, at: number, payload: Uint8Array): MessageRecord => ({
    ...{ kind: 'message', door: 'mqtt', credential: 'site:ruong', topic },
    ...{ payload, receivedAt: at, qos: 1, dup: false, retain: false, clientId: 'tram', connection: 1, packetId: 1 }
  })
  for (const { i, at, device } of messages) {
    if (i === count / 2) await journal.append([message('nowhere', at, new Uint8Array(place.segmentBytes - 400))])
    const payload = Buffer.from(JSON.stringify({ ts: at, ph: i / 1000 }))
    await journal.append([message(`site/ruong/${device}/telemetry`, at, payload)])
  }
  await journal.stop()
}

beforeAll(async () => {
  sen = await SenProcess.create({ command: ['run'] })
  await pastMessages(join(sen.folder, 'raw'))
  await sen.start(days.all)
  token = await sen.sen('token', '--role', 'administrator')
}, 60_000)

afterAll(() => sen.remove())

async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(`${sen.ready.http}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  const text = await answer.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

const register = (id: string): Promise<unknown> =>
  post('/registry', { changes: [{ kind: 'device', device: { id, name: id, site: 'ruong', profile: 'json-weather' } }] })
const forecast = (asked: object): Promise<Forecast> => post('/ingest/quarantine/redecode', { ...asked, dryRun: true })
const ended = (id: number): Promise<Job> =>
  sen.getUntil<Job>(`/ingest/redecodes/${id}`, token, ({ state }) => state === 'done')
const iso = (at: number): string => new Date(at).toISOString()

/** What is gone of one device in a period, by what was sent. */
function goneOf(device: string, [from, to] = [0, Infinity]) {
  const gone = messages.filter(one => one.device === device && one.at < border)
  const meant = gone.filter(({ at }) => at >= from && at < to)
  const [oldest, newest] = [meant[0], meant.at(-1)]
  return {
    quarantined: meant.length,
    oldest: oldest ? iso(oldest.at) : null,
    newest: newest ? iso(newest.at) : null
  }
}

describe('a raw log that gives up its beginning', { timeout: 60_000 }, () => {
  const keptFrom = iso(border)
  /** Of the device that nobody has decoded yet. */
  const kept = count / 4

  it('keeps what an accepted job has still to read, also when Sen is killed and comes back with a shorter time', async () => {
    await sen.getUntil<Accounts>('/accounting', token, one => isAtRest(one) && one.messages.quarantined === count + 1)
    await sen.getUntil<{ reasons: unknown }>('/ingest/quarantine?limit=1', token, ({ reasons }) =>
      JSON.stringify(reasons).includes(`"reason":"unclaimed","count":${count}`)
    )
    await post('/registry', { changes: [{ kind: 'site', site: { id: 'ruong', name: 'Ruộng', organisation: 'root' } }] })
    await register(held)
    expect(await forecast({ device: held })).toMatchObject({ messages: count / 2, outside: null })
    expect(await sen.stop()).toBe(0)
    await sen.start({ ...days.all, SEN_FAILPOINT: 'redecoded:1' })
    const { id } = await post<Job>('/ingest/quarantine/redecode', { device: held })
    expect(await sen.ended()).toEqual({ code: null, signal: 'SIGKILL' })
    await sen.start(days.few)
    const { counts, outside } = await ended(id)
    expect(counts).toMatchObject({ messages: count / 2, stored: count / 2, released: count / 2 })
    expect(outside).toBeNull()
  })

  it('says from when on messages are there, and how many are gone', async () => {
    await register(early)
    const { messages: found, outside } = await until(
      () => forecast({ device: early }),
      one => one.outside?.removed === removed
    )
    expect(found).toBe(kept)
    expect(outside).toEqual({ keptFrom, removed, ...goneOf(early) })
    expect(outside?.quarantined).toBe(count / 4)
    // What has been decoded again is in the store, whatever the raw log keeps.
    expect((await forecast({ device: held })).outside).toEqual({ keptFrom, removed, ...none })
  })

  const none = { quarantined: 0, oldest: null, newest: null }

  it('counts what is gone of the period and reason only', async () => {
    const partly = [border - 60 * hourMs, border + 10 * hourMs] as const
    const wholly = [border - 90 * hourMs, border - 10 * hourMs] as const
    const within = (at: number, [from, to]: readonly [number, number]): boolean => at >= from && at < to
    const asked = ([from, to]: readonly [number, number], more = {}) =>
      forecast({ device: early, from: iso(from), to: iso(to), ...more })
    expect(await asked(partly)).toMatchObject({
      messages: messages.filter(({ at, device }) => device === early && at >= border && within(at, partly)).length,
      outside: { keptFrom, removed, ...goneOf(early, [...partly]) }
    })
    expect(await asked(wholly)).toMatchObject({
      messages: 0,
      outside: { keptFrom, removed, ...goneOf(early, [...wholly]) }
    })
    expect(await asked(wholly, { reason: 'codec-error' })).toMatchObject({ outside: { ...none } })
    expect(await forecast({ profile: 'json-weather', isQuarantined: true })).toMatchObject({
      ...{ messages: kept, outside: { keptFrom, removed, ...goneOf(early) } }
    })
    expect((await asked([border + hourMs, border + 2 * hourMs])).outside).toBeNull()
    // A job for what is gone as a whole has nothing to do, and says why.
    const { id } = await post<Job>('/ingest/quarantine/redecode', { device: early, to: keptFrom })
    expect(await ended(id)).toMatchObject({
      ...{ counts: { messages: 0 }, progress: { total: 0, done: 0 }, outside: goneOf(early) }
    })
  })

  it('says so on the page', async () => {
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
    try {
      const extraHTTPHeaders = { authorization: `Bearer ${token}` }
      const page = await browser.newPage({ viewport: { width: 390, height: 844 }, extraHTTPHeaders })
      await page.goto(`${sen.ready.http}/#/quarantine`)
      await page.getByRole('button', { name: 'Giải mã lại' }).click()
      const dialog = page.getByRole('dialog')
      const number = (value: number): string => value.toLocaleString('vi')
      await dialog.getByText(`${number(kept)} bản tin sẽ được giải mã lại`).waitFor()
      const { quarantined } = goneOf(early)
      await dialog.getByText(`Trong phạm vi này, ${number(quarantined)} bản tin cách ly không còn`).waitFor()
      await dialog.getByText(`nhật ký gốc đã xóa ${number(removed)} bản tin`).waitFor()
      await dialog.getByText('Chỉ giải mã lại được bản tin từ').waitFor()
      // A day of which everything is gone.
      const day = new Date(border - 60 * hourMs + 7 * hourMs).toISOString().slice(0, 10)
      await dialog.getByLabel('Nhận từ ngày').fill(day)
      await dialog.getByLabel('đến hết ngày').fill(day)
      await dialog.getByText(/^0 bản tin sẽ được giải mã lại/).waitFor()
      await dialog.getByRole('button', { name: 'Bắt đầu' }).click()
      await dialog.getByText('0 bản tin ra khỏi hộp cách ly').waitFor()
      await dialog.getByText('Chỉ giải mã lại được bản tin từ').waitFor()
    } finally {
      await browser.close()
    }
  })

  it('says so in the command, and decodes what is there', async () => {
    const { quarantined, oldest, newest } = goneOf(early)
    const line =
      `only messages from ${keptFrom} on can be decoded again: ${quarantined} of those in quarantine are gone ` +
      `(${oldest} to ${newest}); the raw log has removed ${removed} messages of all devices since it began`
    expect((await sen.sen('redecode', '--device', early, '--dry-run')).split('\n')).toEqual([
      `${kept} messages, ${kept} of them in quarantine`,
      line
    ])
    const said = await sen.sen('redecode', '--device', early)
    expect(said).toContain(`${kept} messages decoded again: ${kept} stored (${kept} readings)`)
    expect(said).toContain(line)
    const atRest = await sen.getUntil<Accounts>(
      '/accounting',
      token,
      one => isAtRest(one) && one.readings.decoded === count / 2 + kept
    )
    expect(atRest).toMatchObject({
      messages: { received: count + 1, stored: count / 2 + kept, quarantined: quarantined + 1 },
      readings: { stored: count / 2 + kept }
    })
  })
})

async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (fits(answer)) return answer
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
