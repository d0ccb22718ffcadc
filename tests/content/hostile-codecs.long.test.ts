import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CodecThread } from '../../devices/codec/codec-thread.ts'
import { QuickJsCodecRuntime } from '../../devices/codec/quickjs-codec-runtime.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import {
  decodeAll,
  logOf,
  MemorySeries,
  province,
  deviceOf,
  uplink,
  telemetry
} from '../../ingest/decode/decoder.fixture.ts'
import { Decoder } from '../../ingest/decode/decoder.ts'
import { SeriesDirectory } from '../../ingest/decode/series-directory.ts'
import { noDecodeTotals } from '../../model/accounting.ts'
import { silentLog } from '../../model/log.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'

/* Decoders of strangers that mean harm: ended by their processor time, and nobody else notices. */
const uplinkCodec = (body: string) => `function decodeUplink(input) { ${body} }`

const attacks: readonly (readonly [title: string, body: string])[] = [
  ['an endless loop', 'while (1);'],
  ['an endless loop that catches', 'for (;;) try { for (;;); } catch (e) {}'],
  ['a loop in a getter', 'return { data: { get a() { while (1); } } }'],
  ['a loop in toJSON', 'return { data: { toJSON() { while (1); } } }'],
  ['a loop in a proxy', 'return new Proxy({}, { ownKeys() { while (1); } })'],
  ['a gigabyte at once', 'return { data: new Uint8Array(1e9).length }'],
  ['a gigabyte bit by bit', 'const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))'],
  ['text that doubles', 'let s = "x"; for (;;) s += s'],
  ['deep recursion', 'return decodeUplink(input)'],
  ['recursion through JSON', 'return JSON.stringify({ toJSON: () => decodeUplink(input) })'],
  ['a catastrophic regular expression', 'return { data: /^(a+)+$/.test("a".repeat(40) + "b") }'],
  ['another one', 'return { data: /(x+x+)+y/.test("x".repeat(60)) }'],
  ['a search in an array of 2^32', 'return { data: new Array(4294967295).indexOf(1) }'],
  ['a join of an array of 2^32', 'return { data: new Array(4294967295).join("") }'],
  ['a sort of much', 'return { data: Array.from({ length: 3e5 }, (_, i) => (i * 7919) % 300007).sort() }'],
  ['text repeated', 'return { data: "ab".repeat(4e6).split("").reverse().join("").length }'],
  ['a large power', 'return { data: String(7n ** 9999999n) }'],
  ['a number in a strange base', 'let n = 1; for (;;) n = (n + Math.random()).toString(36).length'],
  ['replacing without end', 'return { data: "a".repeat(1e6).replace(/a/g, x => x.repeat(100)).length }'],
  ['a promise that never rests', 'const again = () => Promise.resolve().then(again); again(); while (1);']
]

const wasmPath = () => {
  const own = createRequire(import.meta.url)
  return createRequire(own.resolve('quickjs-emscripten')).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
}

describe('a hostile decoder', { timeout: 120_000 }, () => {
  it.each(attacks)('with %s has ended after 100 ms of processor time', async (_title, body) => {
    const wasm = await WebAssembly.compile(await readFile(wasmPath()))
    let least = Infinity
    // What takes too long takes it again; what the engine's helpers did beside it once does not come back.
    for (let tries = 0; tries < 3 && least > 100; tries++) {
      const { outcome, cpuMs } = await attacked(wasm, uplinkCodec(body))
      if (outcome.kind === 'answers') expect(outcome.answers[0]).toMatch(/^[TME]/)
      else expect(outcome).toEqual({ kind: 'stuck', call: 0 })
      least = Math.min(least, cpuMs)
    }
    expect(least).toBeLessThanOrEqual(100)
  })

  /** Runs one call in a thread of its own. @returns the processor time of all threads but this one meanwhile. */
  async function attacked(wasm: WebAssembly.Module, source: string) {
    const thread = await CodecThread.start(wasm)
    const call = { codec: 0, function: 'decode' as const, input: '{"bytes":[1],"fPort":1}' }
    const run = (id: string) =>
      thread.run({ forgetSources: false, codecs: [{ id, source: id, isStateful: false }], calls: [call] })
    // The engine's own preparation is not the codec's time.
    await run(uplinkCodec('return { data: {} }'))
    const [all, own] = [process.cpuUsage(), process.threadCpuUsage()]
    const outcome = await run(source)
    const [allNow, ownNow] = [process.cpuUsage(all), process.threadCpuUsage(own)]
    await thread.stop()
    return { outcome, cpuMs: (allNow.user + allNow.system - ownNow.user - ownNow.system) / 1000 }
  }
})

describe('in the stream of messages', { timeout: 240_000 }, () => {
  const runtime = new QuickJsCodecRuntime({ log: silentLog })
  let shipped: ReadonlyMap<string, LoadedProfile>
  beforeAll(async () => {
    await runtime.start()
    shipped = await loadProfiles()
  })
  afterAll(() => runtime.stop())

  const innocent = 'a84041ffff1c2d01'
  const hostile = 'a84041ffff1c2dff'

  it.each(attacks)('a profile with %s costs its own messages alone', async (title, body) => {
    const base = shipped.get('dragino-lse01')
    if (!base?.codec) throw new Error('the profile dragino-lse01 has no codec')
    const profiles = new Map([
      ...shipped,
      ['hostile', { ...base, codec: { id: `hostile ${title}`, source: uplinkCodec(body) } }]
    ])
    const series = new MemorySeries()
    const decoder = new Decoder({
      registry: new RegistrySnapshot([
        ...province,
        { kind: 'device', device: deviceOf(hostile, { profile: 'hostile' }) }
      ]),
      profiles,
      codecs: runtime,
      series: new SeriesDirectory(series.definitions, series.allocate),
      totals: noDecodeTotals
    })
    const records = Array.from({ length: 10 }, (_, i) => [
      uplink({ devEui: innocent, deviceInfo: { devEui: innocent }, fCnt: 10 * i + 1 }),
      uplink({ devEui: hostile, deviceInfo: { devEui: hostile }, fCnt: 10 * i + 2 }),
      telemetry({ ph: i })
    ]).flat()
    const { rows, totals, quarantined } = await decodeAll(decoder, [logOf(records)], series)

    expect(totals).toMatchObject({ stored: 20, quarantined: 10 })
    for (const { device, reason } of quarantined) {
      expect(device).toBe(hostile)
      expect(reason).toMatch(/^codec-(?:timeout|memory|error|suspended)$/)
    }
    expect(rows.filter(({ series: name }) => name === 'root/tram-1/ph')).toHaveLength(10)
    expect(rows.filter(({ series: name }) => name === `root/${innocent}/soil_moisture`)).toHaveLength(10)
    expect(rows.some(({ series: name }) => name.includes(hostile))).toBe(false)
  })
})
