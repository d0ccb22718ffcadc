import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compare, comparisonText, isFaultless } from './compare.ts'
import type { Comparison, CompareOptions } from './compare.ts'
import { loadMetricNames } from './farm-message.ts'
import { LedgerWriter } from './ledger.ts'
import { loadDevice } from './provisioning.ts'
import { serveReadings, storageOf } from './readings-server.fixture.ts'
import type { Row, Storage } from './readings-server.fixture.ts'

const startedAt = Date.parse('2026-11-23T02:00:00Z')
const messages = 40
const token = 'secret'
let folder: string
let ledgerFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-compare-'))
  ledgerFile = join(folder, 'ledger')
  const head = { runId: 'run', devices: 3, sites: 1, seed: 7, qos: 1, startedAt } as const
  const ledger = new LedgerWriter(ledgerFile, { format: 'sen-load-ledger-1', ...head })
  for (let n = 1; n <= messages; n++) {
    for (let d = 0; d < 3; d++) ledger.sent(d, n, startedAt + n * 100)
    // The last two messages of device 2 were sent and not acknowledged.
    for (let d = 0; d < 3; d++) if (d < 2 || n <= messages - 2) ledger.acknowledged(d, n, startedAt + n * 100 + 5)
  }
  ledger.close()
})
afterEach(() => rm(folder, { recursive: true }))

async function compareWith(damage: (storage: Storage) => void, options: Partial<CompareOptions> = {}) {
  const storage = storageOf(ledgerFile)
  damage(storage)
  const server = await serveReadings(storage, token)
  try {
    return await compare({ http: server.http, token, ledgerFile, limit: 7, ...options })
  } finally {
    await server.close()
  }
}

const device = loadDevice('run', 1)
const series = (storage: Storage, metric: string): Row[] => storage.get(device)?.get(metric) ?? []
/** The row of message n. */
const row = (storage: Storage, metric: string, n: number): Row => {
  const found = series(storage, metric)[n - 1]
  if (found === undefined) throw new Error(`no row ${n}`)
  return found
}
const eachMetric = (change: (metric: string) => void): void => loadMetricNames.forEach(change)

const faultless = { lost: 0, duplicated: 0, altered: 0, invented: 0, unacked_stored: 0 }
const counters = ({ lost, duplicated, altered, invented, unacked_stored }: Comparison) => ({
  lost,
  duplicated,
  altered,
  invented,
  unacked_stored
})

describe('the comparer', () => {
  test('finds nothing where everything acknowledged is stored as it was sent', async () => {
    const comparison = await compareWith(() => undefined)
    expect(counters(comparison)).toEqual(faultless)
    expect(comparison).toMatchObject({ sent: 120, acknowledged: 118, intact: 118, samples: [] })
    expect(isFaultless(comparison)).toBe(true)
  })

  const defects: readonly [string, (storage: Storage) => void, Partial<Comparison>, number | undefined][] = [
    [
      'a message is missing',
      storage => eachMetric(metric => series(storage, metric).splice(11, 1)),
      { lost: 1, intact: 117 },
      12
    ],
    [
      'one reading of a message is missing',
      storage => series(storage, 'soil_moisture').splice(11, 1),
      { lost: 1, intact: 117 },
      12
    ],
    ['only seq of a message is missing', storage => series(storage, 'seq').splice(11, 1), { lost: 1 }, 12],
    ['a value differs', storage => (row(storage, 'water_level', 5).value = 1.234567), { altered: 1, intact: 117 }, 5],
    ['a value is null', storage => (row(storage, 'water_level', 5).value = null), { altered: 1 }, 5],
    ['a number has become text', storage => (row(storage, 'seq', 5).value = '5'), { altered: 1 }, 5],
    [
      'a message is stored again at another time',
      storage =>
        eachMetric(metric => series(storage, metric).push({ ...row(storage, metric, 9), time: startedAt + 901 })),
      { duplicated: 1, intact: 117 },
      9
    ],
    [
      'a row is stored twice at its time',
      storage => series(storage, 'air_humidity').push({ ...row(storage, 'air_humidity', 9) }),
      { duplicated: 1 },
      9
    ],
    [
      'a time differs',
      storage => eachMetric(metric => (row(storage, metric, 3).time += 1)),
      { altered: 1, intact: 117 },
      3
    ],
    [
      'a time differs for one reading only',
      storage => (row(storage, 'air_humidity', 3).time += 1),
      { lost: 1, invented: 1 },
      3
    ],
    [
      'a message nobody sent is there',
      storage => eachMetric(metric => series(storage, metric).push({ time: startedAt + 17, value: 9_999 })),
      { invented: 1, intact: 118 },
      undefined
    ],
    [
      'a message that was never acknowledged is there',
      storage => {
        const other = storage.get(loadDevice('run', 2))
        const model = storage.get(loadDevice('run', 0))
        if (other === undefined || model === undefined) throw new Error('no device')
        other.get('seq')?.push({ time: startedAt + (messages - 1) * 100, value: messages - 1 })
      },
      { unacked_stored: 1, intact: 118 },
      undefined
    ]
  ]
  test.each(defects)('tells when %s', async (_, damage, expected, n) => {
    const comparison = await compareWith(damage)
    expect(comparison).toMatchObject({ ...faultless, ...expected })
    const offence = comparison.samples.find(({ counter }) => counter !== 'invented')
    if (n !== undefined) {
      expect(offence).toMatchObject({ d: 1, n })
      expect(comparisonText(comparison)).toContain(`device 1 n ${n}: `)
    }
  })

  test('tells several defects apart', async () => {
    const comparison = await compareWith(storage => {
      eachMetric(metric => (row(storage, metric, 30).time += 1))
      eachMetric(metric => series(storage, metric).push({ ...row(storage, metric, 20), time: startedAt + 17 }))
      row(storage, 'seq', 10).value = 11
      eachMetric(metric => series(storage, metric).splice(0, 3))
    })
    expect(counters(comparison)).toEqual({ lost: 3, duplicated: 1, altered: 2, invented: 0, unacked_stored: 0 })
  })

  test('waits for a server that is still storing', async () => {
    const storage = storageOf(ledgerFile)
    const late = eachSeriesCut(storage)
    const server = await serveReadings(storage, token)
    const onProgress = ({ devices }: { devices: number }): void => {
      if (devices === 2) late()
    }
    const comparison = await compare({ http: server.http, token, ledgerFile, settleMs: 20_000, onProgress })
    await server.close()
    expect(counters(comparison)).toEqual(faultless)
  })

  test('does not take a refusal for missing rows', async () => {
    await expect(compareWith(() => undefined, { token: 'wrong' })).rejects.toMatchObject({
      code: 'SEN_CONNECTOR_FAILED',
      message: expect.stringContaining('HTTP 401')
    })
    await expect(compareWith(storage => storage.delete(device))).rejects.toThrow('HTTP 404')
  })
})

/** Takes the last rows of device 1 away; the result puts them back. */
function eachSeriesCut(storage: Storage): () => void {
  const taken = loadMetricNames.map(metric => [metric, series(storage, metric).splice(20)] as const)
  return () => taken.forEach(([metric, rows]) => series(storage, metric).push(...rows))
}
