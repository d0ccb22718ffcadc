import { beforeEach, describe, expect, test } from 'vitest'
import { PositionSet } from '../../model/position-set.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import { noRedecodeCounts } from '../../model/redecode.ts'
import type { Redecoded } from '../../model/redecode.ts'
import type { NewRedecodeJob, OutsideKept, StateStore } from './state-store.ts'

/** Messages in quarantine and jobs of decoding again: a part of the contract of every state store. */
export function redecodeContract(storeOf: () => StateStore): void {
  describe('decoding again', () => {
    let store: StateStore
    beforeEach(() => {
      store = storeOf()
    })

    const entry = (position: number, changes: Partial<Quarantined> = {}): Quarantined => ({
      ...{ position, reason: 'unclaimed', device: 'lua-01', site: 'farm-1', topic: 'site/farm-1/lua-01/telemetry' },
      ...{ receivedAt: 1000 + position, detail: '' },
      ...changes
    })
    const job = (changes: Partial<NewRedecodeJob> = {}): NewRedecodeJob => ({
      ...{ selection: { device: 'lua-01' }, fromTime: undefined, toTime: 2000, author: 'Sen', madeAt: 50 },
      ...{ first: 1, last: 100, outside: undefined },
      ...changes
    })
    const part = (
      id: number,
      began: number,
      from: number,
      to: number,
      changes: Partial<Redecoded> = {}
    ): Redecoded => ({
      ...{
        job: id,
        began,
        from,
        to,
        withdrawn: [],
        released: [],
        counts: { ...noRedecodeCounts, messages: to - from }
      },
      ...changes
    })
    const between = async (from: number, to: number, reason?: string): Promise<readonly number[]> => {
      const set = PositionSet.parse(from, to, await store.quarantinedBetween(from, to, reason))
      return Array.from({ length: to - from + 1 }, (_, i) => from + i).filter(position => set.has(position))
    }
    const outside: OutsideKept = { keptFrom: 1040, removed: 39, quarantined: 7, oldest: 1001, newest: 1039 }

    test('knows of every message whether it stands in quarantine, over block borders, also by reason', async () => {
      await store.quarantine([entry(3), entry(5, { reason: 'codec-error' }), entry(32_768), entry(70_000)], 70_000)
      expect(await between(1, 10)).toEqual([3, 5])
      expect(await between(1, 10, 'codec-error')).toEqual([5])
      expect(await between(32_760, 70_000)).toEqual([32_768, 70_000])
      expect(await between(6, 32_767)).toEqual([])
    })

    test('counts what stands in quarantine by reason, as the query narrows it', async () => {
      await store.quarantine(
        [entry(3), entry(5, { reason: 'codec-error' }), entry(6, { device: 'lua-02', site: 'farm-2' }), entry(9)],
        9
      )
      const counted = async (query: Parameters<StateStore['quarantineReasons']>[0]) =>
        Object.fromEntries((await store.quarantineReasons(query)).map(({ reason, count }) => [reason, count]))
      expect(await store.quarantineReasons({})).toEqual([
        { reason: 'codec-error', count: 1, oldest: 1005, newest: 1005 },
        { reason: 'unclaimed', count: 3, oldest: 1003, newest: 1009 }
      ])
      expect(await counted({ device: 'lua-01' })).toEqual({ 'codec-error': 1, unclaimed: 2 })
      expect(await counted({ devices: ['lua-02', "o'b"] })).toEqual({ unclaimed: 1 })
      expect(await counted({ devices: [] })).toEqual({})
      expect(await counted({ reason: 'codec-error' })).toEqual({ 'codec-error': 1 })
      expect(await counted({ sites: ['farm-2'] })).toEqual({ unclaimed: 1 })
      expect(await counted({ before: 6 })).toEqual({ 'codec-error': 1, unclaimed: 1 })
      expect(await counted({ since: 1005, until: 1009 })).toEqual({ 'codec-error': 1, unclaimed: 1 })
    })

    test('carries out jobs one after another, each with a higher generation, and says what they still need', async () => {
      expect(await store.redecodeToDo()).toBeUndefined()
      expect(await store.redecodeNeeds()).toBeUndefined()
      const first = await store.addRedecode(job({ first: 20 }))
      const second = await store.addRedecode(job({ first: 10, last: 30 }))
      expect(await store.redecode(first)).toEqual({
        ...job({ first: 20 }),
        ...{ id: first, state: 'waiting', endedAt: undefined, began: undefined, generation: undefined },
        ...{ next: 20, counts: noRedecodeCounts, detail: '' }
      })
      expect(await store.redecodeNeeds()).toBe(10)
      expect(await store.redecodeToDo()).toMatchObject({ id: first })
      expect(await store.beginRedecode(first, 120)).toMatchObject({ state: 'running', began: 120, generation: 1 })
      // Begun twice it stays as it began.
      expect(await store.beginRedecode(first, 130)).toMatchObject({ began: 120, generation: 1 })

      await store.redecoded(part(first, 120, 20, 60), [], 121)
      expect(await store.redecode(first)).toMatchObject({ state: 'running', next: 61, counts: { messages: 40 } })
      await store.redecoded(part(first, 120, 61, 100), [], 122)
      const { endedAt, ...done } = (await store.redecode(first)) ?? {}
      expect(done).toMatchObject({ state: 'done', next: 101, counts: { messages: 79 } })
      expect(endedAt).toBeGreaterThan(0)
      expect(await store.redecodeToDo()).toMatchObject({ id: second })
      expect(await store.beginRedecode(second, 140)).toMatchObject({ generation: 2 })
      expect((await store.redecodes(5)).map(({ id }) => id)).toEqual([second, first])
      expect((await store.redecodes(1)).map(({ id }) => id)).toEqual([second])
    })

    test('takes a part in once: what left quarantine, what entered it, and what it counts', async () => {
      await store.quarantine([entry(3), entry(5), entry(7)], 100)
      const id = await store.addRedecode(job())
      await store.beginRedecode(id, 100)
      const done = part(id, 100, 1, 50, { released: [3, 5] })
      const stays = entry(7, { reason: 'codec-error', detail: 'sai' })
      const entered = entry(9, { reason: 'no-mapped-value' })
      for (const position of [101, 101]) await store.redecoded(done, [stays, entered], position)
      expect(await between(1, 50)).toEqual([7, 9])
      expect(await store.quarantined({ limit: 9 })).toEqual([entered, stays])
      expect(await store.redecode(id)).toMatchObject({ next: 51, counts: { messages: 49 } })
      expect(await store.quarantinePosition()).toBe(101)
    })

    test('leaves a job alone whose part began as another one: its state came from a backup', async () => {
      const id = await store.addRedecode(job())
      await store.beginRedecode(id, 100)
      await store.redecoded(part(id, 90, 1, 100), [], 101)
      expect(await store.redecode(id)).toMatchObject({ state: 'running', next: 1 })
      expect(await store.quarantinePosition()).toBe(101)
    })

    test('passes over what the raw log has given up, and ends where nothing is left', async () => {
      const id = await store.addRedecode(job())
      await store.beginRedecode(id, 100)
      await store.passRedecode(id, 40, outside)
      expect(await store.redecode(id)).toMatchObject({ state: 'running', next: 40, outside })
      // It never goes back.
      await store.passRedecode(id, 30, { ...outside, removed: 50, keptFrom: undefined })
      expect(await store.redecode(id)).toMatchObject({ next: 40, outside: { removed: 50 } })
      expect(await store.redecodeNeeds()).toBe(40)
      await store.passRedecode(id, 500, outside)
      expect(await store.redecode(id)).toMatchObject({ state: 'done', next: 101, outside })
      expect(await store.redecodeNeeds()).toBeUndefined()
      await store.passRedecode(id + 1, 5, outside)
    })

    test('has done a job without messages at once, and keeps the reason why one failed', async () => {
      const empty = await store.addRedecode(job({ first: 40, last: 39, outside }))
      expect(await store.redecode(empty)).toMatchObject({ state: 'done', endedAt: 50, outside })
      const failed = await store.addRedecode(job())
      await store.endRedecode(failed, 'hỏng')
      await store.endRedecode(empty, 'không')
      expect(await store.redecode(failed)).toMatchObject({ state: 'failed', detail: 'hỏng' })
      expect(await store.redecode(empty)).toMatchObject({ state: 'done', detail: '' })
      expect(await store.redecodeToDo()).toBeUndefined()
      expect(await store.redecode(99)).toBeUndefined()
    })
  })
}
