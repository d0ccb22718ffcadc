import { execFile, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen } from './content/content-sen.ts'

/* Files as loggers and offices keep them: Parquet with its own types, and CSV as Excel writes it in Vietnam. */
const program = fileURLToPath(new URL('../server/cli/main.ts', import.meta.url))
let sen: ContentSen

beforeAll(async () => {
  sen = await ContentSen.start({ cau: 'json-weather', dap: 'json-weather', tram: 'json-weather' })
}, 60_000)

afterAll(() => sen.remove())

const environment = () => ({
  ...process.env,
  SEN_DATA: sen.process.folder,
  SEN_KEY_FILE: join(sen.process.folder, 'key')
})

/** Runs `sen …` against it. */
async function run(...args: readonly string[]) {
  return promisify(execFile)(process.execPath, [program, ...args], { env: environment() }).then(
    answer => ({ code: 0, ...answer }),
    (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => error
  )
}

const file = (name: string): string => join(sen.process.folder, name)

/** Writes what a query gives as Parquet. */
async function parquet(name: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  // Small groups, so that there are several, each with a dictionary of its own.
  await connection.run(`COPY (${sql}) TO '${file(name)}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`)
  connection.closeSync()
  instance.closeSync()
}

describe('a Parquet file', { timeout: 120_000 }, () => {
  const rows = 12_000
  /** In 1969, where milliseconds since 1970 are small numbers below zero and, later in the file, above. */
  const start = Date.UTC(1969, 11, 1)
  const stepMs = 600_000
  const at = (n: number): string => new Date(start + n * stepMs).toISOString()
  const period = 'from=1969-01-01T00:00:00Z&to=1971-01-01T00:00:00Z'
  /** Rows by turns of two stations; every fifth has no level. */
  const history = `
    SELECT CASE n % 2 WHEN 0 THEN 'cau' ELSE 'dap' END AS "Trạm",
      make_timestamptz(${start * 1000} + n * ${stepMs * 1000}) AS "Thời điểm",
      CASE WHEN n % 5 = 0 THEN NULL ELSE (300 + n % 250 + 0.25)::DECIMAL(9, 2) END AS "Mực nước (cm)",
      (n % 7) / 8.0::FLOAT AS "Mưa",
      (['bình thường', 'cảnh báo'])[1 + n % 2]::ENUM ('bình thường', 'cảnh báo') AS "Trạng thái",
      n % 3 = 0 AS "Van", n AS "Không cần"
    FROM range(${rows}) t (n) ORDER BY n`
  const options = [
    ...['--device-column', 'Trạm', '--time', 'Thời điểm', '--column', 'Mực nước (cm)=water_level:cm'],
    ...['--column', 'Mưa=rainfall', '--column', 'Trạng thái=status_text', '--column', 'Van=valve_open']
  ]
  const values = 4 * rows - rows / 5

  it('tells in a dry run what would come in, and changes nothing', async () => {
    await parquet('lich-su.parquet', history)
    const dry = await run('import', file('lich-su.parquet'), ...options, '--dry-run')
    expect(dry).toMatchObject({ code: 0 })
    expect(dry.stderr).toContain(`${rows} rows, 0 cells that cannot be read, ${rows / 5} without a value`)
    expect(dry.stderr).toContain(`${values} would be added, 0 there already, 0 would be replaced`)
    expect(dry.stdout).toContain(
      `cau\twater_level\t${rows * 0.4} rows\t${at(2)}\t${at(rows - 2)}\t3.0225 … 5.4825 m\t${rows * 0.4} new, 0 the same`
    )
    expect((await sen.rows('cau', 'rainfall', period)).t).toEqual([])
  })

  it('comes in at its own times, once, though the import is killed on the way', async () => {
    const killed = spawn(process.execPath, [program, 'import', file('lich-su.parquet'), ...options], {
      env: environment(),
      stdio: 'ignore'
    })
    const ended = new Promise(resolve => killed.once('close', resolve))
    await sen.process.getUntil<{ readonly count: readonly number[] }>(
      `/readings?device=cau&metric=water_level&${period}&every=365d&fn=count`,
      sen.token,
      ({ count = [] }) => count.some(one => one > 0)
    )
    killed.kill('SIGKILL')
    await ended
    const done = await run('import', file('lich-su.parquet'), ...options)
    const counted = /(\d+) added, (\d+) there already, 0 replaced/.exec(done.stderr)?.slice(1).map(Number) ?? []
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(values)
    const again = await run('import', file('lich-su.parquet'), ...options)
    expect(again.stderr).toContain(`0 added, ${values} there already, 0 replaced`)

    const of = (device: number) => Array.from({ length: rows / 2 }, (_, i) => 2 * i + device)
    const level = await sen.rows('cau', 'water_level', period)
    const measured = of(0).filter(n => n % 5 !== 0)
    expect(level.t).toEqual(measured.map(at))
    expect(level.value).toEqual(measured.map(n => expect.closeTo((300.25 + (n % 250)) / 100, 9) as number))
    expect((await sen.rows('dap', 'rainfall', period)).value).toEqual(of(1).map(n => (n % 7) / 8))
    expect((await sen.rows('dap', 'status_text', period)).value).toEqual(of(1).map(() => 'cảnh báo'))
    expect((await sen.rows('cau', 'valve_open', period)).value).toEqual(of(0).map(n => n % 3 === 0))
    const { readings, messages } = await sen.accounts()
    expect(readings).toMatchObject({ stored: values, superseded: 0, refused: 0, pending: 0 })
    expect(messages.quarantined).toBe(0)
  })

  it('without zones is read in the zone that is said; a row that cannot be read is named', async () => {
    await parquet(
      'tram.parquet',
      `SELECT * FROM (VALUES
        (TIMESTAMP_NS '2019-10-17 06:30:00.123456789', '7.25', 21::TINYINT),
        (TIMESTAMP_NS '2019-10-17 06:40:00', 'hỏng', 22),
        (NULL, '7.5', 23),
        (TIMESTAMP_NS '2019-10-17 07:00:00', '7.75', NULL)) v ("t", "pH", "Nhiệt độ")`
    )
    const asked = ['--device', 'tram', '--time', 't', '--column', 'pH=ph', '--column', 'Nhiệt độ=air_temperature']
    const dry = await run('import', file('tram.parquet'), ...asked, '--dry-run')
    expect(dry).toMatchObject({ code: 1 })
    const bad = dry.stdout.split('\n').filter(line => line.startsWith('row '))
    expect(bad).toEqual([
      'row 3\tpH\t"hỏng"\tmust be a number, as 7.62',
      expect.stringMatching(/^row 4\tt\t""\tmust be a time/) as string
    ])
    expect(await run('import', file('tram.parquet'), ...asked)).toMatchObject({ code: 1 })
    expect((await sen.rows('tram', 'ph')).t).toEqual([])
    await run('import', file('tram.parquet'), ...asked, '--skip-bad')
    await sen.accounts()
    expect(await sen.rows('tram', 'ph')).toMatchObject({
      ...{ t: ['2019-10-16T23:30:00.123Z', '2019-10-17T00:00:00.000Z'], value: [7.25, 7.75] }
    })
    expect((await sen.rows('tram', 'air_temperature')).value).toEqual([21, 22])
  })
})

describe('a CSV file of Excel in Vietnam', { timeout: 60_000 }, () => {
  it('is read with its mark, semicolons, decimal commas, day before month, and letters composed either way', async () => {
    const heading = 'Ngày;Giờ;"Độ dẫn điện (µS/cm)";Nhiệt độ không khí'.normalize('NFD')
    const lines = ['01/02/2003;06:30;1.234,5;"25,75"', '1/2/2003;7:00;;-0,5', '02/02/2003;06:30;12;--']
    await writeFile(file('excel.csv'), `\uFEFF${[heading, ...lines, ''].join('\r\n')}`)
    const done = await run(
      ...['import', file('excel.csv'), '--device', 'tram', '--time', 'Ngày+Giờ'],
      ...['--column', 'Độ dẫn điện (µS/cm)=water_conductivity:uS/cm', '--column', 'Nhiệt độ không khí=air_temperature']
    )
    expect(done.stderr).toContain('3 rows, 0 cells that cannot be read, 2 without a value')
    expect(done.stderr).toContain('4 added, 0 there already, 0 replaced')
    await sen.accounts()
    expect(await sen.rows('tram', 'water_conductivity')).toMatchObject({
      t: ['2003-01-31T23:30:00.000Z', '2003-02-01T23:30:00.000Z']
    })
    const { t, value } = await sen.rows('tram', 'air_temperature')
    expect([t.slice(0, 2), value.slice(0, 2)]).toEqual([
      ['2003-01-31T23:30:00.000Z', '2003-02-01T00:00:00.000Z'],
      [25.75, -0.5]
    ])
  })
})
