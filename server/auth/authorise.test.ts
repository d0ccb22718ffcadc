import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Organisation } from '../../model/registry.ts'
import { actions as allActions } from './actions.ts'
import type { Action } from './actions.ts'
import { actionsOf, authorise, isWithin } from './authorise.ts'
import type { Actor } from './authorise.ts'
import { RoleBook } from './roles.ts'

const treeOf = (
  parents: Readonly<Record<string, string | undefined>>
): ReadonlyMap<string, Organisation> & Map<string, Organisation> =>
  new Map(
    Object.entries(parents).map(([id, parent]) => [id, { id, name: id, ...(parent !== undefined && { parent }) }])
  )

/** Root, above two communes; a cooperative in the first; a chain whose top is missing; a circle. */
const organisations = treeOf({
  root: undefined,
  'xa-1': 'root',
  'xa-2': 'root',
  htx: 'xa-1',
  orphan: 'gone',
  child: 'orphan',
  ring: 'circle',
  circle: 'ring'
})

const actions = allActions.map(({ id }) => id)

/** What each role may do; whatever is not here it may not. */
const rights: Readonly<Record<string, readonly Action[]>> = {
  administrator: actions,
  operator: ['read', 'export', 'observe', 'command', 'acknowledge', 'observe-system'],
  technician: ['read', 'observe', 'acknowledge', 'manage-devices', 'observe-system'],
  farmer: ['read', 'observe', 'command', 'acknowledge'],
  viewer: ['read', 'export', 'observe-system'],
  reporter: ['read', 'export', 'report'],
  auditor: ['read', 'read-audit', 'observe-system'],
  ingest: ['ingest']
}
const book = new RoleBook([
  { id: 'gate-keeper', name: { vi: 'Người giữ cống', en: 'Gate keeper' }, actions: ['command', 'a-later-one'] },
  { id: 'viewer', name: { vi: 'x', en: 'x' }, actions: ['command'] }
])

function actorWith(
  grants: readonly (readonly [role: string, organisation: string])[],
  more: Partial<Actor> = {}
): Actor {
  const resolved = book.resolve(grants.map(([role, organisation]) => ({ role, organisation })))
  return { id: 'person:1', name: 'n', kind: 'person', organisation: 'root', grants: resolved, ...more }
}

const decide = (actor: Actor, action: Action, organisation: string, more = {}) =>
  authorise(actor, action, { organisation, ...more }, organisations)
const refused = (reason: string) => ({ isAllowed: false, reason })

describe('authorise', () => {
  it.each(Object.keys(rights).flatMap(role => actions.map(action => [role, action] as const)))(
    '%s, %s: as its table says, within its subtree only',
    (role, action) => {
      const isAllowed = rights[role]?.includes(action) === true
      const actor = actorWith([[role, 'xa-1']])
      for (const object of ['xa-1', 'htx'])
        expect(decide(actor, action, object)).toEqual(isAllowed ? { isAllowed } : refused('role-lacks-action'))
      for (const object of ['root', 'xa-2', 'orphan', 'ring', 'unknown', ''])
        expect(decide(actor, action, object)).toEqual(refused(isAllowed ? 'outside-subtree' : 'role-lacks-action'))
    }
  )

  it('adds up roles, each on its own subtree', () => {
    const actor = actorWith([
      ['viewer', 'xa-1'],
      ['technician', 'xa-2']
    ])
    expect(decide(actor, 'export', 'htx')).toEqual({ isAllowed: true })
    expect(decide(actor, 'manage-devices', 'xa-2')).toEqual({ isAllowed: true })
    expect(decide(actor, 'manage-devices', 'xa-1')).toEqual(refused('outside-subtree'))
    expect(decide(actor, 'export', 'xa-2')).toEqual(refused('outside-subtree'))
  })

  it('allows nothing to who has no role, or one that is gone', () => {
    for (const grants of [[], [['nobody-knows', 'root']]] as const)
      for (const action of actions)
        expect(decide(actorWith(grants), action, 'root')).toEqual(refused('role-lacks-action'))
  })

  it('knows roles that were defined, and of them what it understands; what ships with Sen is not replaced', () => {
    expect([...actionsOf(actorWith([['gate-keeper', 'root']]))]).toEqual(['command'])
    expect(decide(actorWith([['viewer', 'root']]), 'command', 'root')).toEqual(refused('role-lacks-action'))
  })

  it('lets a sandbox look at what is simulated, and at nothing else, whatever its role', () => {
    const actor = actorWith([['administrator', 'root']], { isSandbox: true })
    expect([...actionsOf(actor)]).toEqual(['read', 'export'])
    expect(decide(actor, 'read', 'htx', { isSimulated: true })).toEqual({ isAllowed: true })
    expect(decide(actor, 'read', 'htx')).toEqual(refused('outside-sandbox'))
    expect(decide(actor, 'manage-people', 'root', { isSimulated: true })).toEqual(refused('role-lacks-action'))
  })

  it('lets nobody approve what is the own work', () => {
    const actor = actorWith([['administrator', 'root']])
    expect(decide(actor, 'approve', 'xa-1', { creator: 'person:1' })).toEqual(refused('own-work'))
    expect(decide(actor, 'approve', 'xa-1', { creator: 'person:2' })).toEqual({ isAllowed: true })
  })
})

describe('isWithin', () => {
  it.each([
    ['root', 'root', true],
    ['htx', 'root', true],
    ['htx', 'xa-1', true],
    ['htx', 'htx', true],
    ['htx', 'xa-2', false],
    ['xa-1', 'htx', false],
    ['root', 'htx', false],
    ['orphan', 'root', false],
    ['child', 'root', false],
    ['child', 'orphan', true],
    ['ring', 'root', false],
    ['ring', 'circle', true],
    ['unknown', 'root', false]
  ])('%s below %s: %s', (organisation, ancestor, answer) => {
    expect(isWithin(organisation, ancestor, organisations)).toBe(answer)
  })

  it('ends, and follows parents only, whatever the chains', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    fc.assert(
      fc.property(fc.dictionary(id, fc.option(id, { nil: undefined })), id, id, (parents, one, ancestor) => {
        const tree = treeOf(parents)
        const chain: string[] = []
        for (let at: string | undefined = one; at !== undefined && chain.length < 6; at = parents[at]) chain.push(at)
        expect(isWithin(one, ancestor, tree)).toBe(chain.includes(ancestor))
      })
    )
  })
})
