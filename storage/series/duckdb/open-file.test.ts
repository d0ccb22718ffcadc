import { DuckDBInstance } from '@duckdb/node-api'
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { batchOf, rowOf } from '../sample-batches.ts'
import type { SeriesStore } from '../series-store.ts'
import { createDuckDbPlace } from './duckdb-place.ts'

describe('The file of a DuckDbSeriesStore', () => {
  let place: Awaited<ReturnType<typeof createDuckDbPlace>>
  let store: SeriesStore

  beforeEach(async () => {
    place = await createDuckDbPlace()
    store = place.open()
    await store.start()
    const rows = Array.from({ length: 20_000 }, (_, row) =>
      rowOf({ series: 1 + (row % 7), time: row, value: row / 8, at: 1 })
    )
    await store.write([batchOf(1, rows)])
    await store.stop()
  })
  afterEach(async () => {
    await store.stop()
    await place.remove()
  })

  async function run(sql: string): Promise<void> {
    const instance = await DuckDBInstance.create(place.file)
    const connection = await instance.connect()
    await connection.run(sql)
    connection.closeSync()
    instance.closeSync()
  }

  it('is refused and left alone if it is of a newer version, which is named', async () => {
    await run('UPDATE meta SET version = 7')
    const before = await readFile(place.file)
    await expect(store.start()).rejects.toMatchObject({
      code: 'SEN_SERIES_FAILED',
      message: expect.stringMatching(/version 7, this program knows version 1/)
    })
    expect((await readFile(place.file)).equals(before)).toBe(true)
  })

  it.each([
    ['is something else', (file: string) => writeFile(file, 'not a database\n'.repeat(1000))],
    ['is empty', (file: string) => truncate(file, 0)],
    ['lost its end', async (file: string) => truncate(file, (await stat(file)).size / 2)],
    ['lost a bit here and there', flipBits]
  ])('is refused if it %s, with what to do about it', async (_, damage) => {
    await damage(place.file)
    await expect(store.start()).rejects.toMatchObject({
      code: 'SEN_SERIES_FAILED',
      message: expect.stringContaining(place.file),
      hint: expect.stringMatching(/delete .*series\.duckdb.*rebuilt from the raw log/)
    })
  })

  it('begins anew once it is deleted, even if its log is left behind', async () => {
    await rm(place.file)
    await writeFile(`${place.file}.wal`, 'left behind')
    expect(await store.start()).toMatchObject({ position: 0 })
    expect((await store.write([batchOf(3, [])])).position).toBe(3)
  })
})

async function flipBits(file: string): Promise<void> {
  const bytes = await readFile(file)
  for (let offset = 4096; offset < bytes.length; offset += 4096) bytes[offset] = (bytes[offset] ?? 0) ^ 4
  await writeFile(file, bytes)
}
