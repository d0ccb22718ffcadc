import { execFile, spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen } from './content/content-sen.ts'

/* Readings that do not come from a device: those that people enter, and those of an old logger. */
const program = fileURLToPath(new URL('../server/cli/main.ts', import.meta.url))
let sen: ContentSen

beforeAll(async () => {
  sen = await ContentSen.start({
    thuoc: 'manual-station',
    cu: 'json-weather',
    moi: 'json-weather',
    ban: 'json-weather'
  })
}, 60_000)

afterAll(() => sen.remove())

/** Runs `sen …` against it. */
async function run(...args: readonly string[]) {
  const environment = { ...process.env, SEN_DATA: sen.process.folder, SEN_KEY_FILE: join(sen.process.folder, 'key') }
  return promisify(execFile)(process.execPath, [program, ...args], { env: environment }).catch(
    (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => error
  )
}

const file = (name: string): string => join(sen.process.folder, name)
const minute = 60_000
const start = Date.UTC(2009, 0, 1)
/** What the old logger wrote at its n-th moment. */
const level = (n: number): number => 300 + (n % 250)
const local = (at: number): string => {
  const [date = '', time = ''] = new Date(at + 7 * 3_600_000).toISOString().split('T')
  return `${date.split('-').toReversed().join('/')} ${time.slice(0, 8)}`
}

describe('what a person enters', { timeout: 60_000 }, () => {
  const t = new Date(Math.floor(Date.now() / minute) * minute - 600_000).toISOString()
  const entry = { device: 'thuoc', metric: 'water_level', t, value: 762, unit: 'cm', method: 'staff-gauge' }
  const shown = async () => {
    const { value, quality } = await sen.rows('thuoc', 'water_level')
    return value.map((one, i) => [one, quality[i]])
  }

  it('is a reading with its mark, can be corrected and taken back, and says who did it', async () => {
    await sen.postJson('/observations', { ...entry, note: 'mất điện' })
    await sen.accounts()
    expect(await shown()).toEqual([[7.62, 'manual']])
    await sen.postJson('/observations', { ...entry, value: 761 })
    await sen.accounts()
    expect(await shown()).toEqual([[7.61, 'manual']])
    await sen.postJson('/observations/withdrawals', { device: 'thuoc', metric: 'water_level', t })
    await sen.accounts()
    expect(await shown()).toEqual([])
    expect(await sen.get('/readings/latest?device=thuoc')).toMatchObject({ items: [] })
    await expect(sen.postJson('/observations', { ...entry, value: 76_200 })).rejects.toThrow('SEN_IMPLAUSIBLE')
    await sen.postJson('/observations', { ...entry, value: 76_200, confirm: true })
    const { items } = await sen.process.getUntil<{ readonly items: readonly object[] }>(
      '/observations?device=thuoc',
      sen.token,
      answer => answer.items.length === 4
    )
    expect(items).toMatchObject([
      { state: 'standing', value: 762, entered: { value: 76_200, unit: 'cm' } },
      { state: 'withdrawal', value: 7.61 },
      { state: 'withdrawn', value: 7.61 },
      { state: 'corrected', value: 7.62, note: 'mất điện', method: 'staff-gauge', author: { name: 'cli' } }
    ])
  })

  it('cannot be sent by a device: no door of machines takes it', async () => {
    const before = await sen.accounts()
    const options = { ...sen.login, protocolVersion: 4, clientId: 'thuoc', reconnectPeriod: 0 } as const
    const device = await connectAsync(sen.process.ready.mqtt ?? '', options)
    const isSentAway = new Promise<void>(resolve => device.once('close', () => resolve()))
    device.publish('site/ruong/thuoc/observation', JSON.stringify(entry), { qos: 1 })
    await isSentAway
    expect((await sen.accounts()).messages).toEqual(before.messages)
  })
})

describe('sen import', { timeout: 120_000 }, () => {
  const rows = 20_000
  const options = [
    '--device',
    'cu',
    '--time',
    'Thời gian',
    '--column',
    'Mực nước (cm)=water_level:cm',
    '--column',
    'Mưa=rainfall'
  ]

  it('tells every cell that it cannot read, and imports nothing then', async () => {
    await writeFile(
      file('hong.csv'),
      'Thời gian;Mực nước (cm);Mưa\r\n31/02/2009 00:00;5;0\r\n01/01/2009 00:00;cao;0,5\r\n'
    )
    const dry = await run('import', file('hong.csv'), ...options, '--dry-run')
    expect(dry.stdout).toContain('row 2\tThời gian\t"31/02/2009 00:00"\tmust be a time')
    expect(dry.stdout).toContain('row 3\tMực nước (cm)\t"cao"\tmust be a number, as 7,62')
    expect(dry.stdout).toContain('cu\trainfall\t1 rows')
    const refused = await run('import', file('hong.csv'), ...options)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('2 cells cannot be read; nothing was imported')
    expect((await sen.rows('cu', 'rainfall')).t).toEqual([])
  })

  it('brings in a spreadsheet of an old logger, at its own times, once, killed or not', async () => {
    const lines = Array.from({ length: rows }, (_, n) => {
      const at = start + n * 10 * minute
      return `${local(at)};${level(n)};${String((n % 7) / 10).replace('.', ',')}`
    })
    await writeFile(file('cu.csv'), `\uFEFFThời gian;Mực nước (cm);Mưa\r\n${lines.join('\r\n')}\r\n`)

    const environment = { ...process.env, SEN_DATA: sen.process.folder, SEN_KEY_FILE: join(sen.process.folder, 'key') }
    const killed = spawn(process.execPath, [program, 'import', file('cu.csv'), ...options], {
      env: environment,
      stdio: 'ignore'
    })
    const ended = new Promise(resolve => killed.once('close', resolve))
    await sen.process.getUntil<{ readonly count: readonly number[] }>(
      `/readings?device=cu&metric=water_level&from=${new Date(start).toISOString()}&to=2010-01-01T00:00:00Z&every=365d&fn=count`,
      sen.token,
      ({ count = [] }) => count.some(one => one > 0)
    )
    killed.kill('SIGKILL')
    await ended

    const first = await run('import', file('cu.csv'), ...options)
    expect(first.stderr).toMatch(/\d+ added, \d+ there already, 0 replaced/)
    const counted = /(\d+) added, (\d+) there already/.exec(first.stderr)?.slice(1).map(Number) ?? []
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(2 * rows)
    const again = await run('import', file('cu.csv'), ...options)
    expect(again.stderr).toContain(`0 added, ${2 * rows} there already, 0 replaced`)

    const { t, value, quality } = await sen.rows('cu', 'water_level')
    expect(t).toHaveLength(rows)
    expect(t[1]).toBe(new Date(start + 10 * minute).toISOString())
    expect(value).toEqual(Array.from({ length: rows }, (_, n) => level(n) / 100))
    expect(new Set(quality)).toEqual(new Set(['good']))
    const { readings, messages } = await sen.accounts()
    expect(readings).toMatchObject({ refused: 0, pending: 0 })
    expect(messages.quarantined).toBe(0)
  })

  it('takes Sen’s own export: the same readings come back, marks and words too', async () => {
    await sen.publish('ban', [
      { ts: Date.now() - 5000, co2: 400.125, valve_open: true, status_text: '=1+1, "hay"' },
      { ts: Date.now() - 4000, co2: 99_999, air_temperature: -3.7 }
    ])
    await sen.accounts()
    const period = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z'
    const exported = async (device: string): Promise<string> => {
      const answer = await fetch(`${sen.http}/api/v1/readings/export?device=${device}&${period}`, {
        headers: { authorization: `Bearer ${sen.token}` }
      })
      return answer.text()
    }
    const before = await exported('ban')
    await writeFile(file('sen.csv'), before.replaceAll('ban,', 'moi,'))
    const done = await run('import', file('sen.csv'))
    expect(done.stderr).toContain('5 added, 0 there already, 0 replaced')
    const sorted = (csv: string): readonly string[] => csv.split('\r\n').toSorted()
    expect(sorted((await exported('moi')).replaceAll('moi,', 'ban,'))).toEqual(sorted(before))
  })

  it('is decoded again to the same readings when the stores are lost', async () => {
    const before = await sen.rows('cu', 'water_level')
    await sen.process.stop()
    for (const name of ['series.duckdb', 'series.duckdb.wal', 'readings'])
      await rm(file(name), { recursive: true, force: true })
    await sen.process.start()
    await sen.accounts()
    expect(await sen.rows('cu', 'water_level')).toEqual(before)
    expect(await sen.rows('thuoc', 'water_level')).toMatchObject({ value: [762], quality: ['implausible,manual'] })
  })
})
