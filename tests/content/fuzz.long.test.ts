import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QuickJsCodecRuntime } from '../../devices/codec/quickjs-codec-runtime.ts'
import type { CodecCall } from '../../devices/codec/codec-runtime.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import { begin, decoders, telemetry } from '../../ingest/decode/decoder.fixture.ts'
import { FileJournal } from '../../journal/file/file-journal.ts'
import { nodeFileSystem } from '../../journal/file/node-file-system.ts'
import type { StoredRecord } from '../../journal/journal.ts'
import { systemClock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { silentLog } from '../../model/log.ts'
import { decodeReadingBatch, encodeReadingBatch } from '../../model/reading-batch-format.ts'
import { batchOf, rowOf } from '../../storage/series/sample-batches.ts'
import { extent } from '../durability/load-run.fixture.ts'
import { fileFormats } from './fuzz-files.ts'
import { expectCounted, messageFormats } from './fuzz-messages.ts'
import { Mutations } from './mutations.ts'

/*
 * Wrong input for everything that reads bytes of others, from a fixed seed: each ends within 10 ms, with an outcome that is
 * counted; nothing hangs, throws what nobody expects, or gives what cannot be.
 */
const seed = Number(process.env['SEN_SEED'] ?? 20_261)
/** Seconds that each format of others is tried, and each reader of Sen's own files. */
const formatSeconds = extent(4, 8, 60)
const seconds = extent(4, 15, 60)
const longestMs = 10

/** Runs rounds until the time is over, at least one. @returns how many. */
async function roundsFor(s: number, round: () => void | Promise<void>): Promise<number> {
  const until = performance.now() + s * 1000
  let rounds = 0
  do {
    await round()
    rounds++
  } while (performance.now() < until)
  return rounds
}

/** Processor time of this thread that `work` takes, ms. */
async function costOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** What is slow is slow again; a pause of the collector is not. */
async function expectQuick(work: () => unknown, what: () => string): Promise<void> {
  let cost = await costOf(work)
  for (let again = 0; cost > longestMs && again < 4; again++) cost = Math.min(cost, await costOf(work))
  expect(cost, what()).toBeLessThanOrEqual(longestMs)
}

describe(`wrong input (seed ${seed})`, { timeout: 120_000 }, () => {
  const decoderOf = decoders()

  it.each(messageFormats)('in $name: each message has one outcome that is counted', async ({ name, wrong: make }) => {
    const mutations = new Mutations(seed)
    const seen = new Map<string, number>()
    const rounds = await roundsFor(formatSeconds, async () => {
      const wrong = make(mutations)
      const text = () => Buffer.from(wrong.payload).toString('base64')
      let reason = ''
      await expectQuick(async () => (reason = await expectCounted(wrong, decoderOf)), text)
      seen.set(reason, (seen.get(reason) ?? 0) + 1)
    })
    console.log(`${name}: ${rounds} messages,`, Object.fromEntries(seen))
    expect(seen.size).toBeGreaterThan(1)
  })

  it.each(fileFormats)('in $name: each is taken or refused by name', async ({ name, round }) => {
    const mutations = new Mutations(seed)
    const seen = new Map<string, number>()
    const rounds = await roundsFor(formatSeconds, async () => {
      const read = round(mutations)
      const reason = read()
      await expectQuick(read, () => `${name}, round ${[...seen.values()].reduce((sum, one) => sum + one, 0)}`)
      seen.set(reason, (seen.get(reason) ?? 0) + 1)
    })
    console.log(`${name}: ${rounds} texts,`, Object.fromEntries(seen))
    expect(seen.size).toBeGreaterThan(1)
  })

  it('for the batches of the readings log', async () => {
    const mutations = new Mutations(seed + 1)
    const row = (i: number) => rowOf({ series: 1 + (i % 3), time: i, value: i % 7 === 0 ? 'chữ' : i, at: i })
    const right = [0, 1, 50].map(rows =>
      encodeReadingBatch(
        batchOf(
          60,
          Array.from({ length: rows }, (_, i) => row(i))
        )
      )
    )
    let read = 0
    const rounds = await roundsFor(seconds, async () => {
      const wrong = mutations.bytes(mutations.pick(right))
      await expectQuick(
        () => {
          try {
            const batch = decodeReadingBatch(wrong)
            read++
            expect(batch.series.length).toBe(batch.length)
            expect(batch.time.byteLength + batch.value.byteLength).toBeLessThanOrEqual(wrong.length)
          } catch (error) {
            expect(String(error)).toMatch(/^(?:RangeError|SyntaxError|TypeError): /)
          }
        },
        () => wrong.toString('base64')
      )
    })
    console.log(`batches: ${rounds}, read all the same: ${read}`)
    expect(read).toBeLessThan(rounds)
  })

  describe('for the codecs of the profiles', () => {
    const runtime = new QuickJsCodecRuntime({ log: silentLog })
    let profiles: readonly LoadedProfile[]
    beforeAll(async () => {
      await runtime.start()
      profiles = [...(await loadProfiles()).values()].filter(({ codec }) => codec !== undefined)
    })
    afterAll(() => runtime.stop())

    it('each call ends by itself, with data or a counted error', async () => {
      const mutations = new Mutations(seed + 2)
      const perRound = 50
      const codes = new Map<string, number>()
      const rounds = await roundsFor(seconds, async () => {
        const calls = Array.from({ length: perRound }, (): CodecCall => {
          const { codec, examples } = mutations.pick(profiles)
          if (codec === undefined) throw new Error('a profile without codec')
          const example = mutations.pick(examples)
          const bytes = mutations.bytes(Buffer.from(example.bytes ?? '', 'hex')).subarray(0, 300)
          const fPort = mutations.pick([example.fPort ?? null, 0, 1, 2, 85, 255, -1, 2 ** 31, null])
          return { codec, function: 'decode', input: { bytes, fPort, recvTime: begin } }
        })
        const before = process.cpuUsage()
        const results = await runtime.run(calls)
        const { user, system } = process.cpuUsage(before)
        // Of the whole process, this test's own part included.
        expect((user + system) / 1000 / perRound).toBeLessThanOrEqual(longestMs)
        for (const result of results) {
          const code = result.ok ? 'ok' : result.code
          codes.set(code, (codes.get(code) ?? 0) + 1)
        }
      })
      console.log(`codecs: ${rounds * perRound} calls,`, Object.fromEntries(codes))
      expect([...codes.keys()].filter(code => code !== 'ok' && code !== 'codec-error')).toEqual([])
    })
  })

  it('for the journal: what is read was written, or the damage is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sen-fuzz-'))
    try {
      const written = Array.from({ length: 200 }, (_, i) =>
        telemetry({ ph: i, text: 'x'.repeat(i) }, { receivedAt: begin + i })
      )
      const journal = (directory: string) =>
        new FileJournal({ directory, fileSystem: nodeFileSystem, synced: true, clock: systemClock, log: silentLog })
      const source = journal(join(folder, 'right'))
      await source.start()
      for (let i = 0; i < written.length; i += 10) await source.append(written.slice(i, i + 10))
      await source.stop()
      const names = await readdir(join(folder, 'right'))
      const files = await Promise.all(
        names.map(async name => [name, await readFile(join(folder, 'right', name))] as const)
      )
      const mutations = new Mutations(seed + 3)
      const outcomes = { refused: 0, damaged: 0, shortened: 0, whole: 0 }
      await roundsFor(seconds, async () => {
        const directory = await mkdtemp(join(folder, 'wrong-'))
        const victim = mutations.pick(names)
        for (const [name, bytes] of files)
          await writeFile(join(directory, name), name === victim ? mutations.bytes(bytes) : bytes)
        const wrong = journal(directory)
        try {
          await wrong.start()
          const { records, isDamaged } = await readAll(wrong)
          for (const record of records) {
            if (record.kind !== 'message') continue
            expect(Buffer.from(record.payload)).toEqual(Buffer.from(written[record.position - 1]?.payload ?? ''))
          }
          if (isDamaged) outcomes.damaged++
          else if (records.filter(({ kind }) => kind === 'message').length < written.length) outcomes.shortened++
          else outcomes.whole++
          await wrong.stop()
        } catch (error) {
          if (!(error instanceof SenError)) throw error
          outcomes.refused++
          await wrong.stop()
        }
        await rm(directory, { recursive: true })
      })
      console.log('journal:', outcomes)
      expect(outcomes.damaged + outcomes.refused + outcomes.shortened).toBeGreaterThan(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

async function readAll(journal: FileJournal) {
  const { last, first } = journal.status()
  const records: StoredRecord[] = []
  let isDamaged = false
  const enough = new AbortController()
  if (last < first) enough.abort()
  for await (const batch of journal.reader('check').read(0, enough.signal)) {
    isDamaged ||= batch.damage !== undefined
    records.push(...batch.records)
    if (Math.max(records.at(-1)?.position ?? 0, batch.damage?.to ?? 0) >= last) enough.abort()
  }
  return { records, isDamaged }
}
