import { expect, it } from 'vitest'
import { merged } from './merge-patch.ts'

interface Thing {
  readonly name: string
  readonly commune?: string
  readonly position?: { readonly latitude: number; readonly altitude?: number }
}
const present: Thing = { name: 'Ruộng', commune: '17971', position: { latitude: 18.6, altitude: 4 } }

it('fields that are given change, others stay', () => {
  expect(merged(present, { name: 'Ao' })).toEqual({ ...present, name: 'Ao' })
  expect(merged(present, {})).toEqual(present)
  expect(merged(present, { name: undefined })).toEqual(present)
})

it('null takes a field away', () => {
  expect(merged(present, { commune: null, position: null })).toEqual({ name: 'Ruộng' })
})

it('a value is replaced whole', () => {
  expect(merged(present, { position: { latitude: 18.7 } })).toEqual({ ...present, position: { latitude: 18.7 } })
})
