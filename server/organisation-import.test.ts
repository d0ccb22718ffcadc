import { expect, it } from 'vitest'
import type { Organisation } from '../model/registry.ts'
import { organisationsMissing } from './organisation-import.ts'

const root: Organisation = { id: 'root', name: 'Nghệ An' }
const set: readonly Organisation[] = [
  { id: 'xa-keng-du', name: 'Xã Keng Đu', kind: 'commune', parent: 'root', commune: '16822' },
  { id: 'truong-keng-du', name: 'Trường', kind: 'other', parent: 'xa-keng-du' }
]
const missingFrom = (...present: readonly Organisation[]) =>
  organisationsMissing(set, new Map([root, ...present].map(one => [one.id, one])))

it('all of a set are missing where nothing is registered', () => {
  expect(missingFrom()).toEqual(set)
})

it('what has the id is there, whatever became of it', () => {
  expect(missingFrom({ id: 'xa-keng-du', name: 'UBND', parent: 'root' })).toEqual(set.slice(1))
  expect(missingFrom(...set)).toEqual([])
})

it('a commune under another id is there, and its units go below it', () => {
  const own: Organisation = { id: 'keng-du', name: 'UBND xã Keng Đu', kind: 'commune', commune: '16822' }
  expect(missingFrom(own)).toEqual([{ ...set[1], parent: 'keng-du' }])
})

it('what merely has its seat in a commune is not the commune', () => {
  expect(missingFrom({ id: 'htx', name: 'HTX', kind: 'cooperative', commune: '16822' })).toEqual(set)
})
