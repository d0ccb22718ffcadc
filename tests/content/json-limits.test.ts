import { describe, expect, it } from 'vitest'
import { decodeAll, decoders, logOf, MemorySeries, telemetry } from '../../ingest/decode/decoder.fixture.ts'
import { parseJson } from '../../ingest/decode/json-limits.ts'

/* Deep, wide and long JSON: refused within 5 ms of the parsing thread's time, kept in quarantine, and nobody else waits. */
const limitBytes = 256 * 1024
const repeated = (text: string, more: string) =>
  text.repeat(Math.floor((limitBytes - 64 - 2 * more.length) / text.length))

const shapes: readonly (readonly [title: string, payload: string, reason: string])[] = [
  ['100,000 nested arrays', '['.repeat(100_000), 'json-too-deep'],
  ['100,000 nested arrays that end', '['.repeat(100_000) + ']'.repeat(100_000), 'json-too-deep'],
  ['nested objects', '{"a":'.repeat(50_000), 'json-too-deep'],
  ['nested objects and arrays', repeated('[{"a":', ''), 'json-too-deep'],
  ['33 levels', '['.repeat(33) + ']'.repeat(33), 'json-too-deep'],
  ['depth behind much text', `{"a":"${'x'.repeat(200_000)}","b":${'['.repeat(40)}`, 'json-too-deep'],
  ['as many keys as there is room for', `{${repeated('"a":1,', '{}')}"a":1}`, 'json-too-wide'],
  ['1,001 keys', `{${Array.from({ length: 1001 }, (_, i) => `"k${i}":1`).join()}}`, 'json-too-wide'],
  [
    '1,001 keys in the last of many objects',
    `[${'{"a":1},'.repeat(9000)}{${'"k":1,'.repeat(1001)}"k":1}]`,
    'json-too-wide'
  ],
  ['a key of 250,000 characters', `{"${'k'.repeat(250_000)}":1}`, 'no-mapped-value'],
  ['a key of 250,000 escapes', `{"${'\\u0061'.repeat(40_000)}":1}`, 'no-mapped-value'],
  ['a number of 250,000 digits', `{"ph":${'9'.repeat(250_000)}}`, 'value-invalid'],
  ['a fraction of 250,000 digits that is no number', `{"ph":0.${'1'.repeat(250_000)}x}`, 'json-invalid'],
  ['an array of as many numbers as may be', `[${'1,'.repeat(50_000)}1]`, 'json-invalid'],
  ['an array of more numbers', `[${repeated('1,', '[]')}1]`, 'json-too-wide'],
  ['as many objects as there is room for', `[${repeated('{"ph":1},', '[]8')}{}]`, 'json-too-wide'],
  ['many objects, and one that is none at the end', `[${'{"ph":1},'.repeat(9999)}8]`, 'json-invalid'],
  ['many objects that do not end', `[${'{"ph":1,"turbidity":2},'.repeat(9999)}`, 'json-invalid'],
  ['blanks', ' '.repeat(limitBytes), 'json-invalid'],
  ['quotes', '"'.repeat(limitBytes), 'json-invalid'],
  ['backslashes', `"${'\\'.repeat(limitBytes - 1)}`, 'json-invalid'],
  ['bytes of no character', '\u00ff'.repeat(1000), 'json-invalid']
]
const payloadOf = (text: string) => Buffer.from(text, text.startsWith('\u00ff') ? 'latin1' : 'utf8')

const decoderOf = decoders()

describe('JSON beyond the limits', { timeout: 60_000 }, () => {
  it.each(shapes)('%s: is refused within 5 ms, by name', async (_title, text, reason) => {
    const payload = payloadOf(text)
    expect(payload.length).toBeLessThanOrEqual(limitBytes)
    const costs: number[] = []
    for (let i = 0; i < 15; i++) {
      const series = new MemorySeries()
      const decoder = decoderOf({ series })
      const log = [logOf([{ ...telemetry(''), payload }])]
      const before = process.threadCpuUsage()
      const { quarantined, totals, rows } = await decodeAll(decoder, log, series)
      const { user, system } = process.threadCpuUsage(before)
      costs.push((user + system) / 1000)
      expect(quarantined.map(one => one.reason)).toEqual([reason])
      expect([rows, totals.quarantined, totals.decoded - totals.refused]).toEqual([[], 1, 0])
      expect(Buffer.byteLength(JSON.stringify(quarantined))).toBeLessThan(2000)
    }
    // The thread's own time; the least, since the first rounds are not compiled yet and others share the machine's caches.
    expect(Math.min(...costs)).toBeLessThan(5)
  })

  it('lets pass what is just within them', () => {
    const deep = `${'['.repeat(32)}${']'.repeat(32)}`
    const wide = `{${Array.from({ length: 1000 }, (_, i) => `"k${i}":1`).join()}}`
    for (const text of [deep, wide]) expect(parseJson(Buffer.from(text))).toMatchObject({ ok: true })
  })

  it('does not hold up the messages around it', async () => {
    const series = new MemorySeries()
    const records = shapes.flatMap(([, text], i) => [
      { ...telemetry(''), payload: payloadOf(text) },
      telemetry({ ph: i })
    ])
    const { rows, totals } = await decodeAll(decoderOf({ series }), [logOf(records)], series)
    expect(rows.map(({ value }) => value)).toEqual(shapes.map((_, i) => i))
    expect(totals).toMatchObject({ stored: shapes.length, quarantined: shapes.length })
  })
})
