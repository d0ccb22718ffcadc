import { afterAll, beforeAll, expect, it } from 'vitest'
import { QuickJsCodecRuntime } from '../../devices/codec/quickjs-codec-runtime.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import { MemorySeries, decodeAll, logOf, province, soil, uplink } from '../../ingest/decode/decoder.fixture.ts'
import { Decoder } from '../../ingest/decode/decoder.ts'
import { SeriesDirectory } from '../../ingest/decode/series-directory.ts'
import { noDecodeTotals } from '../../model/accounting.ts'
import { silentLog } from '../../model/log.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'

/* Numbers that a codec answers, as JavaScript text → what is stored, or why it is refused. */
const answers: readonly (readonly [source: string, stored: number | undefined, reason?: string])[] = [
  ['41.5', 41.5],
  ['-0', 0],
  ['1e-400', 0],
  ['"24.59"', 24.59],
  ['9007199254740991', 9_007_199_254_740_991],
  ['NaN', undefined, 'not-finite'],
  ['0 / 0', undefined, 'not-finite'],
  ['1 / 0', undefined, 'not-finite'],
  ['-1e400', undefined, 'not-finite'],
  ['9007199254740993', undefined, 'beyond-2^53'],
  ['2 ** 64', undefined, 'beyond-2^53'],
  ['"9".repeat(400)', undefined, 'not-finite'],
  ['"12,5"', undefined, 'not-a-number'],
  ['"0x10"', undefined, 'not-a-number'],
  ['"NaN"', undefined, 'not-a-number'],
  ['true', undefined, 'not-a-number'],
  ['[1]', undefined, 'not-a-number'],
  ['{ valueOf: 1 }', undefined, 'not-a-number'],
  ['new Number(5)', 5],
  ['new Date(NaN)', undefined]
]

const runtime = new QuickJsCodecRuntime({ log: silentLog })
let shipped: ReadonlyMap<string, LoadedProfile>

beforeAll(async () => {
  await runtime.start()
  shipped = await loadProfiles()
})
afterAll(() => runtime.stop())

const cases = answers.map(([source, stored, reason]) => ({ source, stored, reason }))

it.each(cases)('a codec that answers $source', async ({ source, stored, reason }) => {
  const base = shipped.get('dragino-lse01')
  if (!base) throw new Error('there is no profile dragino-lse01')
  const codec = { id: source, source: `function decodeUplink() { return { data: { water_SOIL: ${source} } } }` }
  const series = new MemorySeries()
  const decoder = new Decoder({
    registry: new RegistrySnapshot(province),
    profiles: new Map([['dragino-lse01', { ...base, codec }]]),
    codecs: runtime,
    series: new SeriesDirectory(series.definitions, series.allocate),
    totals: noDecodeTotals
  })
  const { rows, quarantined, totals } = await decodeAll(decoder, [logOf([uplink({})])], series)

  const values = rows.filter(({ series: name }) => name === `root/${soil}/soil_moisture`).map(({ value }) => value)
  expect(values).toEqual(stored === undefined ? [] : [stored])
  expect(totals.refused).toBe(reason === undefined ? 0 : 1)
  expect(quarantined.map(({ detail }) => detail)).toEqual(
    stored !== undefined ? [] : [reason === undefined ? 'the payload holds no value' : `water_SOIL: ${reason}`]
  )
})
