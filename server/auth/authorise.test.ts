import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Organisation } from '../../model/registry.ts'
import type { Role } from '../../storage/state/state-store.ts'
import { authorise, isWithin } from './authorise.ts'
import type { Action } from './authorise.ts'

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

const rights: Readonly<Record<Role, readonly Action[]>> = {
  administrator: ['read', 'ingest', 'administer', 'observe-system'],
  operator: ['read', 'observe-system'],
  viewer: ['read', 'observe-system'],
  ingest: ['ingest']
}
const actions: readonly Action[] = ['read', 'ingest', 'administer', 'observe-system']
const roles = Object.keys(rights) as Role[]
const cases = roles.flatMap(role => actions.map(action => [role, action, rights[role].includes(action)] as const))

describe('authorise', () => {
  it.each(cases)('%s, %s: %s, within its subtree only', (role, action, isAllowed) => {
    const decide = (own: string, object: string) =>
      authorise({ name: 'n', role, organisation: own }, action, { organisation: object }, organisations)
    const lacking = { isAllowed: false, reason: 'role-lacks-action' }
    const outside = { isAllowed: false, reason: 'outside-subtree' }
    const inside = isAllowed ? { isAllowed: true } : lacking
    for (const object of ['xa-1', 'htx']) expect(decide('xa-1', object)).toEqual(inside)
    for (const object of ['root', 'xa-2', 'orphan', 'ring', 'unknown', ''])
      expect(decide('xa-1', object)).toEqual(isAllowed ? outside : lacking)
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
