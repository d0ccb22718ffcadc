import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../model/errors.ts'
import type { Organisation, RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import {
  plainToken,
  device,
  farm,
  gateway,
  idAt,
  ids,
  organisation,
  place,
  placeGroup,
  mapping,
  province,
  sensor,
  site
} from './contract-examples.ts'
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
      await place(
        store,
        [province, commune, ward, group, farm, sensor('lua-01'), gateway('g', 'vinh', 'htx-1'), late],
        1
      )
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

    test.each<readonly [string, RegistryChange, RegistryChange]>([
      ['an organisation', organisation('xa', 'root'), { kind: 'organisation-removed', id: 'xa' }],
      ['a site', site('s', 'root'), { kind: 'site-removed', id: 's' }],
      ['a gateway', gateway('g', 'root'), { kind: 'gateway-removed', id: 'g' }],
      [
        'a group of communes',
        placeGroup('song-lam', '17971', '17935'),
        { kind: 'place-group-removed', id: 'song-lam' }
      ],
      ['the mapping of a connector', mapping('mua', 'root'), { kind: 'connector-mapping-removed', id: 'mua' }]
    ])('forgets %s at its removal, knows it before, and may know it again', async (_, made, removed) => {
      await place(store, [province, made], 1)
      await place(store, [removed], 10)
      await place(store, [made], 20)
      expect(await store.registryAt(9)).toEqual([province, made])
      expect(await store.registryAt(10)).toEqual([province])
      expect(await store.registryAt(20)).toEqual([province, made])
    })

    test('gives a gateway and a group of communes back as they were given', async () => {
      const shared = gateway('g', 'root', 'xa', 'phuong')
      const group = placeGroup('song-lam', '17971', '17935')
      await place(store, [province, organisation('xa', 'root'), organisation('phuong', 'root'), shared, group], 1)
      const { gateways, placeGroups } = new RegistrySnapshot(await store.registryAt(9))
      expect(gateways.get('g')).toEqual(shared.gateway)
      expect(placeGroups.get('song-lam')).toEqual(group.placeGroup)
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
      ['a parent of the root', [organisation('a', 'root'), organisation('root', 'a')], 'SEN_CONFLICT', /root/],
      [
        'a second province',
        [{ kind: 'organisation', organisation: { ...xa, kind: 'province' } }],
        'SEN_CONFLICT',
        /xa/
      ],
      ['a gateway of nobody', [gateway('g', 'nobody')], 'SEN_NOT_FOUND', /gateway g: organisation nobody/],
      [
        'a gateway shared with nobody',
        [gateway('g', 'root', 'nobody')],
        'SEN_NOT_FOUND',
        /gateway g: organisation nobody/
      ],
      ['a gateway shared with its owner', [gateway('g', 'root', 'root')], 'SEN_CONFLICT', /gateway g: root owns it/],
      ['the removal of an unknown organisation', [{ kind: 'organisation-removed', id: 'x' }], 'SEN_NOT_FOUND', /x/],
      ['the removal of an unknown site', [{ kind: 'site-removed', id: 'x' }], 'SEN_NOT_FOUND', /site x/],
      ['the removal of an unknown gateway', [{ kind: 'gateway-removed', id: 'x' }], 'SEN_NOT_FOUND', /gateway x/],
      ['the removal of an unknown group', [{ kind: 'place-group-removed', id: 'x' }], 'SEN_NOT_FOUND', /place group x/],
      ['the removal of the root', [{ kind: 'organisation-removed', id: 'root' }], 'SEN_CONFLICT', /root/],
      [
        'a reference to what was removed before in the call',
        [organisation('a', 'root'), { kind: 'organisation-removed', id: 'a' }, site('s', 'a')],
        'SEN_NOT_FOUND',
        /site s: organisation a/
      ],
      [
        'the removal of a site that was given a device before in the call',
        [site('s', 'root'), sensor('d', 's'), { kind: 'site-removed', id: 's' }],
        'SEN_CONFLICT',
        /site s: it still has device d/
      ]
    ]
    test.each(refused)('refuses %s, and keeps nothing of the call', async (_, changes, code, message) => {
      const entries = await store.change([province, farm], 0)
      await expect(store.change([sensor('before'), ...changes], 0)).rejects.toMatchObject({ code, message })
      expect(await store.pending()).toEqual(entries)
    })

    describe('refuses to remove', () => {
      const gone: RegistryChange = { kind: 'organisation-removed', id: 'xa' }
      const own = organisation('xa', 'root')

      test.each<readonly [string, RegistryChange, RegExp]>([
        ['a parent', organisation('thon', 'xa'), /remove organisation xa: it still has organisation thon$/],
        ['the owner of a site', site('s', 'xa'), /it still has site s$/],
        ['the owner of a gateway', gateway('g', 'xa'), /it still has gateway g$/],
        ['one that a gateway is shared with', gateway('g', 'root', 'xa'), /it still has gateway g$/]
      ])('%s, and says what stands in the way', async (_, dependant, message) => {
        await place(store, [province, own, dependant], 1)
        await expect(store.change([gone], 9)).rejects.toMatchObject({ code: 'SEN_CONFLICT', message })
        expect(await store.pending()).toEqual([])
      })

      test('what something refers to that is not in the log yet', async () => {
        await store.change([province, own, site('s', 'xa')], 0)
        await expect(store.change([gone], 0)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
      })

      test('a site with devices, of which it names five', async () => {
        await place(store, [province, farm, ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(id => sensor(id))], 1)
        await expect(store.change([{ kind: 'site-removed', id: 'farm-1' }], 9)).rejects.toMatchObject({
          code: 'SEN_CONFLICT',
          message: 'remove site farm-1: it still has device a, device b, device c, device d, device e and 2 more'
        })
      })

      test('the organisation of a connector, or of a token that is good', async () => {
        await place(store, [province, own], 1)
        const token = { ...plainToken, name: 'ci', role: 'viewer', organisation: 'xa', createdAt: 1 } as const
        await store.addToken({ ...token, secretHash: 'aa', expiresAt: 2 })
        const id = await store.addToken({ ...token, secretHash: 'bb', expiresAt: undefined })
        const more = { createdAt: 1, isPaused: false, options: {}, secrets: undefined }
        await store.addConnector({ name: 'ttn', type: 'tts', url: 'mqtts://x', organisation: 'xa', ...more })
        await expect(store.change([gone], 9)).rejects.toMatchObject({
          code: 'SEN_CONFLICT',
          message: `remove organisation xa: it still has connector ttn, token ${id} (ci)`
        })
        await store.removeConnector('ttn')
        await store.removeToken(id)
        expect(await store.change([gone], 9)).toHaveLength(1)
      })
    })

    test('removes what others referred to once, and no longer do', async () => {
      await place(store, [province, organisation('xa', 'root'), site('s', 'xa'), sensor('d', 's'), farm], 1)
      await place(store, [gateway('g', 'root', 'xa'), organisation('thon', 'xa')], 10)
      // One by moving, one by its own removal, one by the end of sharing, all in the call that removes.
      const moves = [site('s', 'root'), gateway('g', 'root'), { kind: 'organisation-removed', id: 'thon' } as const]
      await place(store, [...moves, { kind: 'organisation-removed', id: 'xa' }], 20)
      await place(store, [sensor('d', 'farm-1'), { kind: 'site-removed', id: 's' }], 30)
      const { organisations, sites, devices } = new RegistrySnapshot(await store.registryAt(99))
      expect([[...organisations.keys()], [...sites.keys()], [...devices.keys()]]).toEqual([['root'], ['farm-1'], ['d']])
    })

    test('takes an id for itself alone: one that begins or looks the same is another', async () => {
      await place(store, [province, organisation('a_b', 'root'), organisation('axb', 'root'), site('s', 'axb')], 1)
      await place(store, [{ kind: 'organisation-removed', id: 'a_b' }], 9)
      expect(new RegistrySnapshot(await store.registryAt(9)).organisations.has('a_b')).toBe(false)
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

    test('removes 10,000 devices and their 1,000 sites in one call', async () => {
      const sites = Array.from({ length: 1_000 }, (_, index) => `farm-${index}`)
      const devices = Array.from({ length: 10_000 }, (_, index) => `d-${index}`)
      await place(store, [province, ...sites.map(id => site(id, 'root'))], 1)
      await place(
        store,
        devices.map((id, index) => sensor(id, `farm-${index % 1_000}`)),
        2_000
      )
      const removals = [
        ...devices.map(id => ({ kind: 'device-removed', id }) as const),
        ...sites.map(id => ({ kind: 'site-removed', id }) as const)
      ]
      await place(store, removals, 20_000)
      expect(await store.registryAt(40_000)).toEqual([province])
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
  if (change.kind === 'gateway') return [change.gateway.owner, ...change.gateway.sharedWith]
  return change.kind === 'device' ? [change.device.site] : []
}

const xa: Organisation = { id: 'xa', name: 'Xã', parent: 'root' }

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
  fc.tuple(someId, someId, fc.subarray(['a', 'b'])).map(([id, owner, others]) => gateway(`g-${id}`, owner, ...others)),
  someId.map(id => placeGroup(`p-${id}`, '17971')),
  fc.tuple(someId, someId).map(([id, owner]) => mapping(`m-${id}`, owner)),
  someId.map(id => ({ kind: 'connector-mapping-removed' as const, id: `m-${id}` })),
  someId.map(id => ({ kind: 'organisation-removed' as const, id })),
  someId.map(id => ({ kind: 'site-removed' as const, id: `s-${id}` })),
  someId.map(id => ({ kind: 'device-removed' as const, id: `d-${id}` })),
  someId.map(id => ({ kind: 'gateway-removed' as const, id: `g-${id}` })),
  someId.map(id => ({ kind: 'place-group-removed' as const, id: `p-${id}` }))
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
    expect(brokenReferences(found)).toEqual([])
  }
}

/** What the registry refers to and does not have. */
function brokenReferences({ organisations, sites, devices, gateways }: RegistrySnapshot): readonly string[] {
  const wanted = [...gateways.values()].flatMap(({ owner, sharedWith }) => [owner, ...sharedWith])
  for (const { organisation } of sites.values()) wanted.push(organisation)
  for (const { parent } of organisations.values()) if (parent !== undefined) wanted.push(parent)
  return [
    ...wanted.filter(id => !organisations.has(id)),
    ...[...devices.values()].map(each => each.site).filter(id => !sites.has(id))
  ]
}

function asObjects(registry: RegistrySnapshot): unknown {
  return Object.values(registry).map((map: ReadonlyMap<string, unknown>) => Object.fromEntries(map))
}
