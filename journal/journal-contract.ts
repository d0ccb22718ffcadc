import { afterEach, describe, expect, test } from 'vitest'
import type { RegistryChange } from '../model/registry.ts'
import { exampleBatch, exampleMessage, readThrough } from './journal-examples.ts'
import { seededRandom } from './file/seeded-random.ts'
import type { Journal, JournalRecord } from './journal.ts'

/** What the suite needs of an implementation: a place of its own, in which a journal is opened, perhaps again. */
export interface JournalFixture {
  /** @returns a journal that was not started. A second one is opened only once the first was stopped. */
  open(options: { readonly segmentBytes: number }): Journal
  /** Removes what was left behind. */
  end(): Promise<void>
}

const segmentBytes = 20_000

/**
 * What every `Journal` must do, as tests.
 *
 * @param options.isDurable - `false`: the log does not outlive its object, so opening again is left out.
 */
export function journalContract(
  name: string,
  make: () => Promise<JournalFixture>,
  options: { readonly isDurable: boolean }
): void {
  describe(`${name} as a journal`, () => {
    const open: JournalFixture[] = []
    const journals: Journal[] = []

    async function started(fixture?: JournalFixture): Promise<Journal> {
      const place = fixture ?? (await newFixture())
      const journal = place.open({ segmentBytes })
      journals.push(journal)
      await journal.start()
      return journal
    }

    async function newFixture(): Promise<JournalFixture> {
      const fixture = await make()
      open.push(fixture)
      return fixture
    }

    afterEach(async () => {
      for (const journal of journals.splice(0)) await journal.stop()
      for (const fixture of open.splice(0)) await fixture.end()
    })

    test('begins empty', async () => {
      const journal = await started()
      expect(journal.status()).toMatchObject({ first: 1, last: 0, messages: 0, segments: 1, damaged: 0 })
      expect(await journal.last()).toBeUndefined()
    })

    test('numbers records in the order of the appends, and each append answers with its last', async () => {
      const journal = await started()
      const answers = await Promise.all([
        journal.append([exampleMessage(1), exampleMessage(2)]),
        journal.append([exampleMessage(3)]),
        journal.append([{ kind: 'tick', receivedAt: 1_790_000_000_100 }])
      ])
      expect(answers).toEqual([2, 3, 4])
      const { records } = await readThrough(journal.reader('decode'), 4)
      expect(records.map(({ position }) => position)).toEqual([1, 2, 3, 4])
      expect(records.slice(0, 3)).toEqual([1, 2, 3].map(n => ({ ...exampleMessage(n), position: n })))
    })

    test('answers an empty append with the newest position', async () => {
      const journal = await started()
      await journal.append([exampleMessage(1)])
      expect(await journal.append([])).toBe(1)
    })

    test.each<[string, JournalRecord]>([
      ['a message without payload', exampleMessage(1, { payload: new Uint8Array(0) })],
      ['a message of 256 KiB', exampleMessage(2, { payload: new Uint8Array(262_144).fill(7) })],
      [
        'Vietnamese texts',
        exampleMessage(3, { topic: 'site/Nghệ-An/độ-ẩm/telemetry', credential: 'đ', clientId: '🌾' })
      ],
      ['empty texts', exampleMessage(4, { topic: '', credential: '', clientId: '' })],
      ['the longest MQTT topic', exampleMessage(5, { topic: 'x'.repeat(65_535) })],
      ['a view into a larger buffer', exampleMessage(6, { payload: Buffer.from('abcdefgh').subarray(2, 5) })],
      ['each door', exampleMessage(7, { door: 'chirpstack', qos: 0, dup: false, retain: false })],
      [
        'QoS 2',
        exampleMessage(8, { door: 'manual', qos: 2, dup: true, retain: true, connection: 2 ** 40, packetId: 65_535 })
      ],
      ['a control record', { kind: 'control', receivedAt: 1_790_000_000_009, outboxId: 42, change: exampleChange }],
      [
        'a part of decoding again',
        {
          kind: 'redecode',
          receivedAt: 1_790_000_000_009,
          part: { job: 1, began: 9, from: 2, to: 8, warmFrom: 0, generation: 1, device: 'lúa', quarantined: 'Aw==' }
        }
      ],
      ['a tick', { kind: 'tick', receivedAt: 1_790_000_000_009 }],
      ['an empty batch', exampleBatch(77, 0)],
      ['a batch of 3 MiB', exampleBatch(78, 3_145_728)]
    ])('gives back %s as it was', async (_, record) => {
      const journal = await started()
      const position = await journal.append([record])
      const expected = { ...plain(record), position }
      const { records } = await readThrough(journal.reader('decode'), position)
      expect(records.map(plain)).toEqual([expected])
      const last = await journal.last()
      expect(last && plain(last)).toEqual(expected)
    })

    test('keeps what was appended though the caller uses the buffer again at once', async () => {
      const journal = await started()
      const payload = new Uint8Array([1, 2, 3])
      const appended = journal.append([exampleMessage(1, { payload })])
      payload.fill(9)
      await appended
      const { records } = await readThrough(journal.reader('decode'), 1)
      expect(records).toMatchObject([{ payload: new Uint8Array([1, 2, 3]) }])
    })

    test('never lets the time of receipt run back', async () => {
      const journal = await started()
      for (const receivedAt of [5000, 4000, Number.NaN, 6000]) await journal.append([{ kind: 'tick', receivedAt }])
      const { records } = await readThrough(journal.reader('decode'), 4)
      expect(records.map(({ receivedAt }) => receivedAt)).toEqual([5000, 5000, 5000, 6000])
    })

    test('takes the positions of batches, and refuses one that does not rise', async () => {
      const journal = await started()
      expect(await journal.append([exampleBatch(10), exampleBatch(25)])).toBe(25)
      for (const position of [25, 3, 25.5, Number.NaN])
        await expect(journal.append([exampleBatch(position)])).rejects.toMatchObject({ code: 'SEN_INPUT_INVALID' })
      expect(await journal.append([exampleBatch(26)])).toBe(26)
      const { records } = await readThrough(journal.reader('series'), 26)
      expect(records.map(({ position }) => position)).toEqual([10, 25, 26])
    })

    test('keeps none of an append of which one record is refused', async () => {
      const journal = await started()
      const refused = journal.append([exampleMessage(1), exampleBatch(1)])
      await expect(refused).rejects.toMatchObject({ code: 'SEN_INPUT_INVALID' })
      expect(await journal.append([exampleMessage(2)])).toBe(1)
      expect(journal.status()).toMatchObject({ last: 1, messages: 1 })
    })

    test('reads on from any position, over segments', async () => {
      const journal = await started()
      for (let n = 1; n <= 300; n += 30) await journal.append(messages(n, n + 29))
      expect(journal.status().segments).toBeGreaterThan(2)
      for (const from of [0, 1, 29, 30, 31, 150, 298, 299]) {
        const { records, damage } = await readThrough(journal.reader('decode'), 300, from)
        expect(records.map(({ position }) => position)).toEqual(range(from + 1, 300))
        expect(damage).toEqual([])
      }
    })

    test('gives a waiting reader what is appended later, and ends quietly when told to', async () => {
      const journal = await started()
      const stop = new AbortController()
      const seen: number[] = []
      const reading = (async () => {
        for await (const { records } of journal.reader('decode').read(0, stop.signal))
          for (const { position } of records) {
            seen.push(position)
            if (position === 50) stop.abort()
          }
      })()
      for (let n = 1; n <= 50; n += 1) await journal.append([exampleMessage(n)])
      await reading
      expect(seen).toEqual(range(1, 50))
    })

    test('ends a reader that waits, or was told before it began', async () => {
      const journal = await started()
      const stop = new AbortController()
      const reading = journal.reader('decode').read(0, stop.signal)[Symbol.asyncIterator]().next()
      setImmediate(() => stop.abort())
      expect(await reading).toMatchObject({ done: true })
      const again = journal.reader('decode').read(0, AbortSignal.abort())[Symbol.asyncIterator]().next()
      expect(await again).toMatchObject({ done: true })
    })

    test('lets readers go at their own pace', async () => {
      const journal = await started()
      await journal.append(messages(1, 20))
      const stop = new AbortController()
      const slow = journal.reader('slow').read(0, stop.signal)[Symbol.asyncIterator]()
      const first = await slow.next()
      await journal.append(messages(21, 40))
      const { records } = await readThrough(journal.reader('fast'), 40)
      expect(records).toHaveLength(40)
      expect(first.done ? [] : first.value.records.map(({ position }) => position)).toEqual(range(1, 20))
      await slow.return?.()
    })

    test('counts messages, not other records', async () => {
      const journal = await started()
      await journal.append([exampleMessage(1), { kind: 'tick', receivedAt: 1 }, exampleMessage(2)])
      expect(journal.status()).toMatchObject({ first: 1, last: 3, messages: 2 })
    })

    test('trims what every reader has committed and the policy does not keep', async () => {
      const journal = await started()
      const slow = journal.reader('slow')
      const fast = journal.reader('fast')
      for (let n = 1; n <= 300; n += 30) await journal.append(messages(n, n + 29))
      const everything = { keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 }
      fast.commit(300)
      expect(await journal.trim(everything)).toEqual({ removedBytes: 0 })
      slow.commit(200)
      const before = journal.status()
      const { removedBytes } = await journal.trim(everything)
      const after = journal.status()
      expect(removedBytes).toBe(before.sizeBytes - after.sizeBytes)
      expect(after.first).toBeGreaterThan(1)
      expect(after.first).toBeLessThanOrEqual(201)
      expect(after).toMatchObject({ last: 300, messages: 300 })
      const { records } = await readThrough(slow, 300, 200)
      expect(records.map(({ position }) => position)).toEqual(range(201, 300))
    })

    test('trims by age and by size, oldest first, and never the newest segment', async () => {
      const journal = await started()
      for (let n = 1; n <= 300; n += 30) await journal.append(messages(n, n + 29))
      const { sizeBytes } = journal.status()
      const nothing = { keepAfter: 0, maxBytes: sizeBytes }
      expect(await journal.trim(nothing)).toEqual({ removedBytes: 0 })
      await journal.trim({ ...nothing, maxBytes: sizeBytes - 1 })
      const bySize = journal.status()
      expect(bySize.sizeBytes).toBeLessThan(sizeBytes)
      await journal.trim({ keepAfter: exampleMessage(200).receivedAt, maxBytes: sizeBytes })
      const byAge = journal.status()
      expect(byAge.first).toBeGreaterThan(bySize.first)
      expect(byAge.first).toBeLessThanOrEqual(200)
      await journal.trim({ keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 })
      expect(journal.status()).toMatchObject({ segments: 1, last: 300, messages: 300 })
    })

    test('keeps what somebody has still to read for longer, within limits of its own', async () => {
      const journal = await started()
      for (let n = 1; n <= 900; n += 30) await journal.append(messages(n, n + 29))
      const { sizeBytes } = journal.status()
      const nothing = { keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 }
      const all = { keepAfter: 0, maxBytes: sizeBytes }
      expect(await journal.trim({ ...nothing, held: { after: 0, ...all } })).toEqual({ removedBytes: 0 })

      await journal.trim({ ...nothing, held: { after: 300, ...all } })
      const held = journal.status()
      expect(held.first).toBeGreaterThan(1)
      expect(held.first).toBeLessThanOrEqual(301)
      expect(await journal.trim({ ...nothing, held: { after: 300, ...all } })).toEqual({ removedBytes: 0 })

      await journal.trim({ ...nothing, held: { ...all, after: 300, maxBytes: held.sizeBytes - 1 } })
      const bySize = journal.status()
      expect(bySize.first).toBeGreaterThan(held.first)
      await journal.trim({ ...nothing, held: { ...all, after: 300, keepAfter: exampleMessage(800).receivedAt } })
      const byAge = journal.status()
      expect(byAge.first).toBeGreaterThan(bySize.first)
      expect(byAge.first).toBeLessThanOrEqual(800)
      await journal.trim(nothing)
      expect(journal.status()).toMatchObject({ segments: 1, last: 900 })
    })

    test('keeps to its limits after every trim, and gives up nothing that a reader needs or the limits allow', async () => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const random = seededRandom(seed)
        const journal = await started()
        const upTo = (most: number): number => Math.floor(random() * (most + 1))
        const committed = { slow: 0, fast: 0 }
        for (const name of ['slow', 'fast'] as const) journal.reader(name)
        for (let turn = 0; turn < 12; turn += 1) {
          const { last } = journal.status()
          await journal.append(messages(last + 1, last + 1 + upTo(80)))
          if (random() < 0.3) await journal.compact()
          committed.slow += upTo(journal.status().last - committed.slow)
          committed.fast = Math.max(committed.slow, committed.fast)
          for (const name of ['slow', 'fast'] as const) journal.commit(name, committed[name])

          const before = journal.status()
          const policy = { keepAfter: exampleMessage(upTo(before.last)).receivedAt, maxBytes: upTo(150_000) }
          const { removedBytes } = await journal.trim(policy)
          const after = journal.status()
          expect(removedBytes).toBe(before.sizeBytes - after.sizeBytes)
          expect(after.last).toBe(before.last)
          expect(after.first).toBeLessThanOrEqual(committed.slow + 1)
          const { records } = await readThrough(journal.reader('fast'), after.last, after.first - 1)
          expect(records.map(({ position }) => position)).toEqual(range(after.first, after.last))

          // One more segment would go only if a reader needed it, or nothing of it were beyond the limits.
          const all = { keepAfter: policy.keepAfter, maxBytes: policy.maxBytes }
          expect(await journal.trim(all)).toEqual({ removedBytes: 0 })
          if (after.sizeBytes <= policy.maxBytes || after.segments === 1) continue
          for (const name of ['slow', 'fast'] as const) journal.commit(name, after.last)
          await journal.trim(all)
          const free = journal.status()
          expect(free.sizeBytes <= policy.maxBytes || free.segments === 1).toBe(true)
          // A segment holds fewer than 160 of these: the oldest one reaches into the time to be kept.
          const keepFrom = policy.keepAfter - exampleMessage(0).receivedAt
          expect(free.first > keepFrom - 160 || free.segments === 1).toBe(true)
          Object.assign(committed, { slow: after.last, fast: after.last })
        }
      }
    })

    test('is the same to readers after it was compacted, and takes what was saved less', async () => {
      const journal = await started()
      for (let n = 1; n <= 300; n += 30) await journal.append(messages(n, n + 29))
      const before = journal.status()
      const expected = await readThrough(journal.reader('decode'), 300)
      const [{ savedBytes }] = await Promise.all([journal.compact(), journal.compact()])
      expect(savedBytes).toBeGreaterThanOrEqual(0)
      expect(journal.status()).toEqual({ ...before, sizeBytes: journal.status().sizeBytes })
      expect(before.sizeBytes - journal.status().sizeBytes).toBeGreaterThanOrEqual(savedBytes)
      expect(await readThrough(journal.reader('decode'), 300)).toEqual(expected)
      expect(await journal.compact()).toEqual({ savedBytes: 0 })
      expect(await journal.append([exampleMessage(301)])).toBe(301)
      expect(await journal.last()).toMatchObject({ position: 301 })
    })

    test('begins a trimmed log at its oldest record, and refuses to go on from a place that is gone', async () => {
      const journal = await started()
      for (let n = 1; n <= 300; n += 30) await journal.append(messages(n, n + 29))
      await journal.trim({ keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 })
      const { first } = journal.status()
      const { records } = await readThrough(journal.reader('new'), 300)
      expect(records[0]?.position).toBe(first)
      await expect(readThrough(journal.reader('new'), 300, 5)).rejects.toMatchObject({ code: 'SEN_JOURNAL_DAMAGED' })
    })

    test('starts again behind a position when it is reset', async () => {
      const journal = await started()
      for (let n = 1; n <= 300; n += 30) await journal.append([exampleBatch(n, 3000)])
      await journal.reset(100)
      expect(journal.status()).toMatchObject({ first: 101, last: 100, messages: 0, segments: 1 })
      expect(await journal.last()).toBeUndefined()
      await journal.append([exampleBatch(120)])
      const { records } = await readThrough(journal.reader('series'), 120, 100)
      expect(records.map(({ position }) => position)).toEqual([120])
    })

    test('refuses appends before start and after stop, and stops twice', async () => {
      const place = await newFixture()
      const journal = place.open({ segmentBytes })
      await expect(journal.append([exampleMessage(1)])).rejects.toMatchObject({ code: 'SEN_JOURNAL_CLOSED' })
      await journal.start()
      const underWay = journal.append([exampleMessage(1)])
      const stopping = journal.stop()
      await expect(journal.append([exampleMessage(2)])).rejects.toMatchObject({ code: 'SEN_JOURNAL_CLOSED' })
      expect(await underWay).toBe(1)
      await stopping
      await journal.stop()
    })

    describe.runIf(options.isDurable)('opened again', () => {
      test('holds what it held, and goes on behind it', async () => {
        const place = await newFixture()
        const before = await started(place)
        for (let n = 1; n <= 300; n += 30) await before.append(messages(n, n + 29))
        await before.append([{ kind: 'tick', receivedAt: 1_800_000_000_000 }])
        const { first, last, messages: count, segments } = before.status()
        await before.stop()

        const journal = place.open({ segmentBytes })
        journals.push(journal)
        expect(await journal.start()).toEqual({ cutBytes: 0, cutFile: undefined, cutOffset: 0, damage: [] })
        expect(journal.status()).toMatchObject({ first, last, messages: count, segments })
        expect(await journal.last()).toMatchObject({ kind: 'tick', position: 301 })
        expect(await journal.append([exampleMessage(302)])).toBe(302)
        const { records } = await readThrough(journal.reader('decode'), 302)
        expect(records.map(({ position }) => position)).toEqual(range(1, 302))
        // The clock had run ahead before: it is held there.
        expect(records.at(-1)?.receivedAt).toBe(1_800_000_000_000)
      })

      test('holds what was compacted before, and appends behind it', async () => {
        const place = await newFixture()
        const before = await started(place)
        for (let n = 1; n <= 300; n += 30) await before.append(messages(n, n + 29))
        const { savedBytes } = await before.compact()
        expect(savedBytes).toBeGreaterThan(0)
        const status = before.status()
        await before.stop()
        const journal = await started(place)
        expect(journal.status()).toMatchObject({ first: 1, last: 300, messages: 300, segments: status.segments })
        expect(await journal.append([exampleMessage(301)])).toBe(301)
        const { records } = await readThrough(journal.reader('decode'), 301)
        expect(records.map(({ position }) => position)).toEqual(range(1, 301))
      })

      test('remembers a reset and what was trimmed', async () => {
        const place = await newFixture()
        const before = await started(place)
        for (let n = 1; n <= 300; n += 30) await before.append(messages(n, n + 29))
        await before.trim({ keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 })
        const { first } = before.status()
        await before.stop()
        const trimmed = await started(place)
        expect(trimmed.status()).toMatchObject({ first, last: 300, messages: 300 })
        await trimmed.reset(7000)
        await trimmed.stop()
        const journal = await started(place)
        expect(journal.status()).toMatchObject({ first: 7001, last: 7000, messages: 0 })
        expect(await journal.append([exampleMessage(1)])).toBe(7001)
      })
    })
  })
}

const exampleChange: RegistryChange = {
  kind: 'device',
  device: { id: 'lua-01', name: 'Ruộng lúa 1', site: 'kim-lien', profile: 'json-weather' }
}

function messages(from: number, to: number): readonly JournalRecord[] {
  return range(from, to).map(n => exampleMessage(n))
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
}

/** Bytes as text: quick to compare, whatever view they came as. */
function plain(record: JournalRecord): Readonly<Record<string, unknown>> {
  if (record.kind === 'message') return { ...record, payload: hexOf(record.payload) }
  return record.kind === 'batch' ? { ...record, body: hexOf(record.body) } : { ...record }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
