import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RegistryChange } from './registry.ts'
import { RegistrySnapshot } from './registry-snapshot.ts'

const root: RegistryChange = { kind: 'organisation', organisation: { id: 'root', name: 'Nghệ An' } }
const site = (id: string, organisation: string): RegistryChange => ({
  kind: 'site',
  site: { id, name: id, organisation }
})
const device = (id: string, at: string): RegistryChange & { kind: 'device' } => ({
  kind: 'device',
  device: { id, name: id, site: at, profile: 'json-weather' }
})

const gateway = (owner: string): RegistryChange => ({
  kind: 'gateway',
  gateway: { id: '24e124fffef79101', name: 'g', owner, sharedWith: [] }
})
const group = (id: string, ...communes: string[]): RegistryChange => ({
  kind: 'place-group',
  placeGroup: { id, name: id, communes }
})

const change: fc.Arbitrary<RegistryChange> = fc.oneof(
  fc.constant(root),
  fc.constantFrom(gateway('root'), gateway('xa'), group('nam-dan', '17935'), group('nam-dan', '17935', '17971')),
  fc.constantFrom<RegistryChange>(
    { kind: 'organisation-removed', id: 'root' },
    { kind: 'site-removed', id: 'a' },
    { kind: 'gateway-removed', id: '24e124fffef79101' },
    { kind: 'place-group-removed', id: 'nam-dan' },
    {
      kind: 'connector-mapping',
      mapping: { id: 'mua', organisation: 'root', topics: [], mapping: { payload: 'json', device: '{$.id}' } }
    },
    { kind: 'connector-mapping-removed', id: 'mua' }
  ),
  fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('root', 'xa')).map(([id, owner]) => site(id, owner)),
  fc.tuple(fc.constantFrom('d', 'e'), fc.constantFrom('a', 'b')).map(([id, at]) => device(id, at)),
  fc.constantFrom('d', 'e').map(id => ({ kind: 'device-removed', id }) as const)
)

const contentOf = (registry: RegistrySnapshot) => ({ ...registry })

describe('RegistrySnapshot', () => {
  it('is empty at first', () => {
    const maps: readonly ReadonlyMap<string, unknown>[] = Object.values(new RegistrySnapshot())
    expect(maps.map(({ size }) => size)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('is the same whether changes are given at once or applied one by one, and applying one twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(change), changes => {
        const one = new RegistrySnapshot()
        for (const next of changes) {
          one.apply(next)
          one.apply(next)
        }
        expect(contentOf(one)).toEqual(contentOf(new RegistrySnapshot(changes)))
      })
    )
  })

  it('holds of each thing its newest change', () => {
    fc.assert(
      fc.property(fc.array(change), changes => {
        const { devices } = new RegistrySnapshot(changes)
        for (const id of ['d', 'e']) {
          const last = changes.findLast(
            one => (one.kind === 'device' && one.device.id === id) || (one.kind === 'device-removed' && one.id === id)
          )
          expect(devices.get(id)).toEqual(last?.kind === 'device' ? last.device : undefined)
        }
      })
    )
  })

  it('knows whose a device is by its site, as it is now', () => {
    const registry = new RegistrySnapshot([root, site('a', 'root'), device('d', 'a')])
    const { device: sensor } = device('d', 'a')
    expect(registry.organisationOf(sensor)).toBe('root')
    registry.apply(site('a', 'xa'))
    expect(registry.organisationOf(sensor)).toBe('xa')
    expect(registry.organisationOf({ ...sensor, site: 'nowhere' })).toBeUndefined()
  })

  it('knows in which commune a site stands: its own, or where it says none, that of its owner', () => {
    const owner: RegistryChange = { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', commune: '17971' } }
    const registry = new RegistrySnapshot([root, owner])
    const at = { id: 'a', name: 'a', organisation: 'xa' }
    expect(registry.communeOf(at)).toBe('17971')
    expect(registry.communeOf({ ...at, commune: '17935' })).toBe('17935')
    expect(registry.communeOf({ ...at, organisation: 'root' })).toBeUndefined()
  })

  it('holds nothing of what was removed', () => {
    const registry = new RegistrySnapshot([root, site('a', 'root'), gateway('root'), group('nam-dan', '17935')])
    registry.apply({ kind: 'site-removed', id: 'a' })
    registry.apply({ kind: 'gateway-removed', id: '24e124fffef79101' })
    registry.apply({ kind: 'place-group-removed', id: 'nam-dan' })
    expect(contentOf(registry)).toEqual(contentOf(new RegistrySnapshot([root])))
    registry.apply({ kind: 'organisation-removed', id: 'root' })
    expect(contentOf(registry)).toEqual(contentOf(new RegistrySnapshot()))
  })

  it('takes removing what is not there for nothing', () => {
    const registry = new RegistrySnapshot([root])
    registry.apply({ kind: 'device-removed', id: 'd' })
    expect(registry.devices.size).toBe(0)
  })
})
