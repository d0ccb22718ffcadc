import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../model/errors.ts'
import type { Organisation, RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { device, farm, idAt, ids, organisation, place, province, sensor, site } from './contract-examples.ts'
import type { StateHarness } from './state-store-contract.ts'
import type { StateStore } from './state-store.ts'

/** What every state store must do with changes of the registry; a part of `stateStoreContract`. */
export function registryContract(opened: () => StateStore, create: () => StateHarness): void {
  describe('registry', () => {
    let store: StateStore
    beforeEach(() => {
      store = opened()
    })

    test('gives each change an id that rises, and keeps it pending until it is appended', async () => {
      const entries = await store.change([province, farm, sensor('lua-01')], 7)
      expect(entries.map(entry => entry.change)).toEqual([province, farm, sensor('lua-01')])
      expect(entries.map(entry => entry.after)).toEqual([7, 7, 7])
      expect(ids(entries)).toEqual(ids(entries).toSorted((a, b) => a - b))
      expect(new Set(ids(entries)).size).toBe(3)
      expect(await store.pending()).toEqual(entries)

      await store.appended([{ id: idAt(entries, 0), position: 8 }])
      expect(await store.pending()).toEqual(entries.slice(1))
    })

    test('gives nothing for no changes', async () => {
      expect(await store.change([], 5)).toEqual([])
      await store.appended([])
      expect(await store.pending()).toEqual([])
    })

    test('lets a change take effect at its raw position and not before', async () => {
      const [first, second] = await put(store, [
        province,
        { ...province, organisation: renamed(province.organisation) }
      ])
      expect(await store.registryAt(1_000)).toEqual([])
      await store.appended([{ id: first, position: 10 }])
      await store.appended([{ id: second, position: 20 }])

      expect(await store.registryAt(9)).toEqual([])
      expect(await store.registryAt(10)).toEqual([province])
      expect(await store.registryAt(19)).toEqual([province])
      expect(names(await store.registryAt(20))).toEqual(['Nghệ An (new)'])
    })

    test('gives the registry in an order in which every reference is known', async () => {
      const commune = organisation('kim-lien', 'root')
      const ward = organisation('vinh', 'root')
      const group = organisation('htx-1', 'vinh')
      const late = organisation('agency', 'root')
      await place(store, [province, commune, ward, group, farm, sensor('lua-01'), late], 1)
      // Vinh moves below an organisation that came later, the farm to a new owner.
      await place(store, [organisation('vinh', 'agency'), site('farm-1', 'agency')], 20)

      const known = new RegistrySnapshot()
      for (const change of await store.registryAt(100)) {
        expect(referencesIn(change).filter(id => !known.organisations.has(id) && !known.sites.has(id))).toEqual([])
        known.apply(change)
      }
      expect([...known.organisations.keys()].toSorted()).toEqual(['agency', 'htx-1', 'kim-lien', 'root', 'vinh'])
      expect(known.organisations.get('vinh')?.parent).toBe('agency')
      expect(known.sites.get('farm-1')?.organisation).toBe('agency')
    })

    test('forgets a device at its removal and knows it before', async () => {
      await place(store, [province, farm, sensor('lua-01')], 1)
      await place(store, [{ kind: 'device-removed', id: 'lua-01' }], 10)
      expect(new RegistrySnapshot(await store.registryAt(9)).devices.has('lua-01')).toBe(true)
      expect(new RegistrySnapshot(await store.registryAt(10)).devices.has('lua-01')).toBe(false)

      await place(store, [sensor('lua-01')], 11)
      expect(new RegistrySnapshot(await store.registryAt(11)).devices.has('lua-01')).toBe(true)
    })

    test('lets a device move to another site and a site to another organisation', async () => {
      await place(store, [province, organisation('vinh', 'root'), farm, site('farm-2', 'vinh'), sensor('lua-01')], 1)
      await place(store, [{ kind: 'device', device: { ...device('lua-01'), site: 'farm-2' } }], 10)
      await place(store, [site('farm-1', 'vinh')], 11)
      const snapshot = new RegistrySnapshot(await store.registryAt(11))
      expect(snapshot.devices.get('lua-01')?.site).toBe('farm-2')
      expect(snapshot.sites.get('farm-1')?.organisation).toBe('vinh')
    })

    const refused: readonly (readonly [string, readonly RegistryChange[], ErrorCode, RegExp])[] = [
      ['an unknown parent', [organisation('a', 'nobody')], 'SEN_NOT_FOUND', /organisation a: organisation nobody/],
      ['an unknown organisation', [site('s', 'nobody')], 'SEN_NOT_FOUND', /site s: organisation nobody/],
      ['an unknown site', [sensor('d', 'nowhere')], 'SEN_NOT_FOUND', /device d: site nowhere/],
      ['a reference that only a later change makes', [site('s', 'b'), organisation('b', 'root')], 'SEN_NOT_FOUND', /b/],
      ['the removal of an unknown device', [{ kind: 'device-removed', id: 'x' }], 'SEN_NOT_FOUND', /device x/],
      [
        'a second removal',
        [sensor('d'), { kind: 'device-removed', id: 'd' }, { kind: 'device-removed', id: 'd' }],
        'SEN_NOT_FOUND',
        /device d/
      ],
      ['its own parent', [organisation('a', 'a')], 'SEN_CONFLICT', /organisation a: under a/],
      [
        'a circle of organisations',
        [organisation('a', 'root'), organisation('b', 'a'), organisation('c', 'b'), organisation('a', 'c')],
        'SEN_CONFLICT',
        /organisation a: under c/
      ],
      ['a parent of the root', [organisation('a', 'root'), organisation('root', 'a')], 'SEN_CONFLICT', /root/]
    ]
    test.each(refused)('refuses %s, and keeps nothing of the call', async (_, changes, code, message) => {
      const entries = await store.change([province, farm], 0)
      await expect(store.change([sensor('before'), ...changes], 0)).rejects.toMatchObject({ code, message })
      expect(await store.pending()).toEqual(entries)
    })

    test('refuses a circle that is closed by a later call', async () => {
      await store.change([province, organisation('a', 'root'), organisation('b', 'a')], 0)
      await expect(store.change([organisation('a', 'b')], 0)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
    })

    test('counts changes not yet appended when it looks for references', async () => {
      await store.change([province], 0)
      await store.change([farm], 0)
      await store.change([sensor('lua-01')], 0)
      expect(await store.pending()).toHaveLength(3)
    })

    test('keeps the first position of a change that is reported twice', async () => {
      const [id] = await put(store, [province])
      await store.appended([{ id, position: 5 }])
      await store.appended([{ id, position: 5 }])
      await store.appended([{ id, position: 9 }])
      expect(await store.registryAt(5)).toEqual([province])
    })

    test('refuses a position for a change that was never made', async () => {
      await expect(store.appended([{ id: 99, position: 5 }])).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    })

    test('takes calls side by side and keeps all of them', async () => {
      await store.change([province, farm], 0)
      const devices = Array.from({ length: 40 }, (_, index) => sensor(`d-${index}`))
      const made = await Promise.all(devices.map(change => store.change([change], 0)))
      expect(new Set(made.flatMap(ids)).size).toBe(40)
      expect(await store.pending()).toHaveLength(42)
    })

    test('takes 10,000 devices in one call', async () => {
      const devices = Array.from({ length: 10_000 }, (_, index) => sensor(`d-${index}`, `farm-${index % 1_000}`))
      const farms = Array.from({ length: 1_000 }, (_, index) => site(`farm-${index}`, 'root'))
      await place(store, [province, ...farms, ...devices], 1)
      expect(new RegistrySnapshot(await store.registryAt(20_000)).devices.size).toBe(10_000)
    })

    test('is, at every position, the fold of the changes up to it', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(anyChange, fc.integer({ min: 1, max: 3 })), { maxLength: 25 }),
          async steps => {
            const own = create()
            const trial = own.open()
            await trial.start()
            try {
              await followsTheLog(trial, steps)
            } finally {
              await trial.stop()
              await own.remove()
            }
          }
        ),
        { numRuns: 25, seed: 20_261_122 }
      )
    })
  })
}

function renamed(value: Organisation): Organisation {
  return { ...value, name: `${value.name} (new)` }
}

function referencesIn(change: RegistryChange): readonly string[] {
  if (change.kind === 'organisation')
    return change.organisation.parent === undefined ? [] : [change.organisation.parent]
  if (change.kind === 'site') return [change.site.organisation]
  return change.kind === 'device' ? [change.device.site] : []
}

function names(changes: readonly RegistryChange[]): readonly string[] {
  return changes.map(change => (change.kind === 'organisation' ? change.organisation.name : change.kind))
}

async function put<const T extends readonly RegistryChange[]>(
  store: StateStore,
  changes: T
): Promise<{ [K in keyof T]: number }> {
  // One id a change, so the tuple has the length of `changes`.
  return ids(await store.change(changes, 0)) as { [K in keyof T]: number }
}

const someId = fc.constantFrom('root', 'a', 'b', 'c', 'd')
const anyChange: fc.Arbitrary<RegistryChange> = fc.oneof(
  fc.tuple(someId, fc.option(someId, { nil: undefined })).map(([id, parent]) => organisation(id, parent)),
  fc.tuple(someId, someId).map(([id, owner]) => site(`s-${id}`, owner)),
  fc.tuple(someId, someId).map(([id, at]) => sensor(`d-${id}`, `s-${at}`)),
  someId.map(id => ({ kind: 'device-removed' as const, id: `d-${id}` }))
)

/** Makes each change if the store takes it, at rising positions with gaps, and compares with a fold at every position. */
async function followsTheLog(store: StateStore, steps: readonly (readonly [RegistryChange, number])[]): Promise<void> {
  const log: { readonly position: number; readonly change: RegistryChange }[] = []
  let position = 0
  for (const [change, gap] of steps) {
    const entries = await store.change([change], position).catch((error: unknown) => {
      expect(error).toMatchObject({ code: expect.stringMatching(/^SEN_(NOT_FOUND|CONFLICT)$/) })
      return []
    })
    if (entries.length === 0) continue
    position += gap
    await store.appended([{ id: idAt(entries, 0), position }])
    log.push({ position, change })
  }
  for (let at = 0; at <= position; at++) {
    const expected = new RegistrySnapshot(log.filter(record => record.position <= at).map(record => record.change))
    const found = new RegistrySnapshot(await store.registryAt(at))
    expect(asObjects(found)).toEqual(asObjects(expected))
  }
}

function asObjects({ organisations, sites, devices }: RegistrySnapshot): unknown {
  return [organisations, sites, devices].map(map => Object.fromEntries(map))
}
