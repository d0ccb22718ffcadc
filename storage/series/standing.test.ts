import { describe, expect, it } from 'vitest'
import type { Reading } from '../../model/reading-batch.ts'
import { settleRow } from './standing.ts'

const row = (value: number | string, generation: number, at: number): Reading => ({
  series: 1,
  time: 1000,
  value,
  quality: 0,
  generation,
  at
})

describe('The row that stands', () => {
  it('is the first one while it is alone', () => {
    const first = row(1, 0, 5)
    expect(settleRow(undefined, first)).toEqual({ standing: first, outcome: 'stored' })
  })

  it.each([
    ['a later position', row(1, 0, 5), row(2, 0, 6), 'row', 'superseded'],
    ['a later position, same value', row(1, 0, 5), row(1, 0, 6), 'standing', 'duplicate'],
    ['the same message, later in it', row(1, 0, 5), row(2, 0, 5), 'row', 'superseded'],
    ['an earlier position', row(1, 0, 5), row(2, 0, 4), 'standing', 'superseded'],
    ['an earlier position, same value', row(1, 0, 5), row(1, 0, 4), 'standing', 'duplicate'],
    ['a higher generation of an older message', row(1, 0, 5), row(2, 1, 3), 'row', 'superseded'],
    ['a live row after decoding again', row(1, 1, 5), row(2, 0, 9), 'standing', 'superseded'],
    ['words after other words', row('on', 0, 5), row('off', 0, 6), 'row', 'superseded'],
    ['words after a number that reads the same', row(1, 0, 5), row('1', 0, 6), 'row', 'superseded'],
    ['minus zero after zero', row(0, 0, 5), row(-0, 0, 6), 'row', 'duplicate']
  ] as const)('is decided by rank, with %s', (_, standing, next, winner, outcome) => {
    const settled = settleRow(standing, next)
    expect(settled.outcome).toBe(outcome)
    expect(settled.standing).toBe(winner === 'row' ? next : standing)
  })
})
