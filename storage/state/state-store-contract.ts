import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Observed } from '../../model/observation.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import { farm, idAt, place, province, sensor, plainToken } from './contract-examples.ts'
import { quarantineKept } from './quarantine-index.ts'
import { redecodeContract } from './redecode-contract.ts'
import { registryContract } from './registry-contract.ts'
import type { StateStore } from './state-store.ts'

/** One state, empty at first, that a suite can open again and again. */
export interface StateHarness {
  /** A new store on the same state, not started. */
  open(): StateStore
  /** Removes the state. */
  remove(): Promise<void>
}

/**
 * What every state store must do.
 *
 * @param create - makes an empty state of its own.
 */
export function stateStoreContract(name: string, create: () => StateHarness): void {
  describe(name, () => {
    let harness: StateHarness
    let store: StateStore

    beforeEach(async () => {
      harness = create()
      store = harness.open()
      await store.start()
    })
    afterEach(async () => {
      await store.stop()
      await harness.remove()
    })

    const reopen = async (): Promise<void> => {
      await store.stop()
      store = harness.open()
      await store.start()
    }

    registryContract(() => store, create)
    redecodeContract(() => store)

    describe('access', () => {
      const credential = {
        username: 'lua-01',
        kind: 'device',
        subject: 'lua-01',
        secretHash: 'aa',
        createdAt: 1
      } as const

      test('keeps several credentials of one user name and removes them together', async () => {
        const other = { ...credential, secretHash: 'bb', createdAt: 2 }
        const farmCredential = { ...credential, username: 'site:farm-1', kind: 'site', subject: 'farm-1' } as const
        for (const each of [credential, other, farmCredential]) await store.addCredential(each)
        expect(await store.credentials()).toEqual([credential, other, farmCredential])
        await expect(store.addCredential(other)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })

        expect(await store.removeCredentials('lua-01')).toBe(2)
        expect(await store.removeCredentials('lua-01')).toBe(0)
        expect(await store.credentials()).toEqual([farmCredential])
      })

      test('gives a token an id that no other token ever had', async () => {
        const token = {
          ...plainToken,
          name: 'ci',
          role: 'administrator',
          organisation: 'root',
          secretHash: 'aa',
          createdAt: 1,
          expiresAt: undefined
        } as const
        const first = await store.addToken(token)
        expect(await store.tokens()).toEqual([{ id: first, ...token }])
        await expect(store.addToken(token)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
        expect(await store.removeToken(first)).toBe(true)
        expect(await store.removeToken(first)).toBe(false)
        expect(await store.addToken({ ...token, expiresAt: 9 })).toBeGreaterThan(first)
        expect(await store.tokens()).toMatchObject([{ expiresAt: 9 }])
      })

      test('keeps one connector a name', async () => {
        const connector = {
          name: 'cs-main',
          type: 'chirpstack',
          url: 'mqtt://sen:secret@broker:1883',
          organisation: 'root',
          createdAt: 1,
          isPaused: false,
          options: { quota: { perSecond: 5 } },
          secrets: undefined
        } as const
        const incoming = { ...connector, name: 'cs-in', url: undefined }
        await store.addConnector(connector)
        await store.addConnector(incoming)
        await expect(store.addConnector({ ...connector, url: undefined })).rejects.toMatchObject({
          code: 'SEN_CONFLICT',
          message: 'add connector cs-main: the name is taken'
        })
        expect(await store.connectors()).toEqual([incoming, connector])
        const change = { isPaused: true, secrets: 'sealed', options: {} }
        await store.changeConnector('cs-main', change)
        expect(await store.connectors()).toEqual([incoming, { ...connector, ...change }])
        await expect(store.changeConnector('x', change)).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
        const rhythm = { lastAt: 5, gaps: 6, meanMs: 1000.5, listenedMs: 7 }
        await store.keepRhythms([
          { name: 'cs-main', rhythm },
          { name: 'gone', rhythm }
        ])
        await store.changeConnector('cs-main', { isPaused: false })
        expect(await store.connectors()).toMatchObject([{ rhythm: undefined }, { name: 'cs-main', rhythm }])
        await store.keepRhythms([{ name: 'cs-main', rhythm: undefined }])
        expect(await store.connectors()).toMatchObject([{}, { rhythm: undefined }])
        expect(await store.removeConnector('cs-main')).toBe(true)
        expect(await store.removeConnector('cs-main')).toBe(false)
      })
    })

    describe('series', () => {
      const key = (device: string, metric = 'soil_moisture', organisation = 'root') => ({
        organisation,
        device,
        metric
      })

      test('gives ids that are dense from 1, in the order of the keys, the same key always the same', async () => {
        expect(await store.allocateSeries([])).toEqual([])
        expect(await store.allocateSeries([key('a'), key('b'), key('a'), key('a', 'battery_voltage')])).toEqual([
          1, 2, 1, 3
        ])
        expect(await store.allocateSeries([key('c'), key('b'), key('a', 'soil_moisture', 'vinh')])).toEqual([4, 2, 5])
        expect(await store.series()).toEqual([
          { id: 1, ...key('a') },
          { id: 2, ...key('b') },
          { id: 3, ...key('a', 'battery_voltage') },
          { id: 4, ...key('c') },
          { id: 5, ...key('a', 'soil_moisture', 'vinh') }
        ])
        expect((await store.series(3)).map(({ id }) => id)).toEqual([4, 5])
      })

      test('keeps apart keys whose parts only look alike when joined', async () => {
        const given = await store.allocateSeries([key('a.b', 'c'), key('a', 'b.c'), key('__proto__', 'constructor')])
        expect(given).toEqual([1, 2, 3])
      })

      test('gives many side by side, without a gap and without giving one twice', async () => {
        const keys = Array.from({ length: 3_000 }, (_, index) => key(`d-${index % 1_500}`, `m_${index % 2}`))
        const given = await Promise.all([store.allocateSeries(keys), store.allocateSeries(keys.toReversed())])
        expect(given[0]).toEqual(given[1]?.toReversed())
        expect((await store.series()).map(each => each.id)).toEqual(
          Array.from({ length: 1_500 }, (_, index) => index + 1)
        )
      })
    })

    describe('observations', () => {
      const at = (position: number, changes: Partial<Observed> = {}): Observed => ({
        ...{
          position,
          device: 'cau',
          site: 'farm-1',
          receivedAt: 1000 + position,
          kind: 'entry',
          metric: 'water_level'
        },
        ...{ t: 500, value: 5.2, entered: { value: 520, unit: 'cm' }, method: 'staff-gauge', isConfirmed: false },
        author: { id: 'person:12', name: 'Sen' },
        ...changes
      })

      test('are kept once each, newest first, and say what came later at their place', async () => {
        const first = at(3)
        const corrected = at(5, { value: 5.3, note: 'đọc lại' })
        const other = at(7, { t: 600, kind: 'withdrawal' })
        await store.observe([first, corrected])
        await store.observe([corrected, other])
        expect(await store.observations({ limit: 10 })).toEqual([
          { ...other, replacedBy: undefined },
          { ...corrected, replacedBy: undefined },
          { ...first, replacedBy: 'entry' }
        ])
        expect(await store.observationAt('cau', 'water_level', 500)).toEqual(corrected)
        expect(await store.observationAt('cau', 'water_level', 501)).toBeUndefined()
      })

      test('are found by device, metric, time and site, page by page', async () => {
        await store.observe([
          at(1),
          at(2, { device: 'be', site: 'farm-2', t: 900 }),
          at(3, { metric: 'rainfall', t: 700 })
        ])
        const found = async (query: object) => positions(await store.observations({ limit: 10, ...query }))
        expect(await found({ device: 'cau' })).toEqual([3, 1])
        expect(await found({ metric: 'water_level' })).toEqual([2, 1])
        expect(await found({ from: 500, to: 700 })).toEqual([1])
        expect(await found({ sites: ['farm-2'] })).toEqual([2])
        expect(await found({ limit: 1, before: 3 })).toEqual([2])
      })
    })

    describe('quarantine', () => {
      const entry = (position: number, device: string | undefined = 'lua-01'): Quarantined => ({
        position,
        reason: 'codec-error',
        device,
        site: undefined,
        topic: `site/farm-1/${device}/telemetry`,
        receivedAt: 1_000 + position,
        detail: `payload of ${position}`
      })

      test('stands at the beginning of the log when new', async () => {
        expect(await store.quarantinePosition()).toBe(0)
        expect(await store.quarantined({ limit: 10 })).toEqual([])
      })

      test('keeps entries and the reader’s position together and skips what it has seen', async () => {
        await store.quarantine([entry(3), entry(5)], 6)
        await store.quarantine([entry(5), { ...entry(6), detail: 'again' }, entry(9)], 9)
        await store.quarantine([entry(2)], 4)
        expect(await store.quarantinePosition()).toBe(9)
        expect(await store.quarantined({ limit: 10 })).toEqual([entry(9), entry(5), entry(3)])
      })

      test('moves its position without entries, and never back', async () => {
        await store.quarantine([], 12)
        await store.quarantine([], 11)
        expect(await store.quarantinePosition()).toBe(12)
      })

      test('pages from the newest on, of one device if asked', async () => {
        const entries = Array.from({ length: 9 }, (_, index) => entry(index + 1, index % 3 === 0 ? 'a' : undefined))
        await store.quarantine(entries, 9)
        expect(positions(await store.quarantined({ limit: 4 }))).toEqual([9, 8, 7, 6])
        expect(positions(await store.quarantined({ limit: 4, before: 6 }))).toEqual([5, 4, 3, 2])
        expect(positions(await store.quarantined({ limit: 2, device: 'a' }))).toEqual([7, 4])
        expect(positions(await store.quarantined({ limit: 2, before: 4, device: 'a' }))).toEqual([1])
      })

      test('pages through what names certain sites, however many others lie between', async () => {
        const sites = ['a', 'b', 'b', undefined, 'b', 'a', 'b']
        await store.quarantine(
          sites.map((site, index) => ({ ...entry(index + 1), site })),
          9
        )
        expect(positions(await store.quarantined({ limit: 1, sites: ['a'] }))).toEqual([6])
        expect(positions(await store.quarantined({ limit: 1, before: 6, sites: ['a', "o'b"] }))).toEqual([1])
        expect(positions(await store.quarantined({ limit: 9, sites: ['nowhere'] }))).toEqual([])
        expect(await store.quarantined({ limit: 9, sites: [] })).toEqual([])
      })

      test('keeps the newest 100,000', async () => {
        const entries = Array.from({ length: quarantineKept + 7 }, (_, index) => entry(index + 1))
        await store.quarantine(entries.slice(0, 50_000), 50_000)
        await store.quarantine(entries.slice(50_000), quarantineKept + 7)
        const kept = await store.quarantined({ limit: quarantineKept + 100 })
        expect(kept).toHaveLength(quarantineKept)
        expect(kept.at(-1)?.position).toBe(8)
      })
    })

    test('gives only what a message between threads can carry, and takes it back', async () => {
      await place(store, [province, farm, sensor('lua-01')], 1)
      await store.quarantine([{ ...quarantinedAt1 }], 1)
      await store.allocateSeries([{ organisation: 'root', device: 'lua-01', metric: 'ph' }])
      const results = [
        await store.registryAt(10),
        await store.change([sensor('lua-02')], 4),
        await store.pending(),
        await store.series(),
        await store.quarantined({ limit: 1 })
      ]
      for (const result of results) expect(structuredClone(result)).toStrictEqual(result)
    })

    test('can be stopped twice, ends work under way first, and then refuses', async () => {
      const made = store.change([province], 0)
      await Promise.all([store.stop(), store.stop()])
      await expect(made).resolves.toHaveLength(1)
      await expect(store.pending()).rejects.toMatchObject({ code: 'SEN_STATE_FAILED', message: /not open/ })
    })

    describe('opened again', () => {
      test('gives back all that it was given', async () => {
        await place(store, [province, farm, sensor('lua-01')], 1)
        const waiting = await store.change([sensor('lua-02')], 3)
        const keys = [{ organisation: 'root', device: 'lua-01', metric: 'ph' }]
        await store.allocateSeries(keys)
        await store.quarantine([quarantinedAt1], 2)
        const before = [await store.registryAt(9), await store.series(), await store.quarantined({ limit: 9 })]

        await reopen()
        expect(await store.pending()).toEqual(waiting)
        expect([await store.registryAt(9), await store.series(), await store.quarantined({ limit: 9 })]).toEqual(before)
        expect(await store.allocateSeries([...keys, { organisation: 'root', device: 'b', metric: 'ph' }])).toEqual([
          1, 2
        ])
        expect(await store.quarantinePosition()).toBe(2)
      })

      test('gives changes again that were made but not appended when the program ended', async () => {
        const entries = await store.change([province, farm], 4)
        await store.appended([{ id: idAt(entries, 0), position: 5 }])
        const successor = harness.open()
        await successor.start()
        expect(await successor.pending()).toEqual(entries.slice(1))
        await successor.appended([{ id: idAt(entries, 1), position: 6 }])
        expect(await successor.registryAt(6)).toEqual([province, farm])
        await successor.stop()
      })
    })
  })
}

const quarantinedAt1: Quarantined = {
  position: 1,
  reason: 'json-invalid',
  device: undefined,
  site: 'farm-1',
  topic: 'site/farm-1/x/telemetry',
  receivedAt: 5,
  detail: '{'
}

function positions(entries: readonly { readonly position: number }[]): readonly number[] {
  return entries.map(entry => entry.position)
}
