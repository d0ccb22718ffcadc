import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../model/audit.ts'
import { silentLog } from '../../model/log.ts'
import { AuditTrail } from './audit-trail.ts'

const denial = (object: string, address = '10.0.0.1') =>
  ({
    author: { id: 'stranger', name: '', address },
    action: 'session.open',
    object,
    organisation: 'root',
    outcome: 'failed',
    detail: 'wrong name or password'
  }) as const

function trailInto(written: AuditEntry[], fail: () => boolean = () => false): AuditTrail {
  const store = {
    audit: async (entries: readonly AuditEntry[]) => {
      if (fail()) throw new Error('the disk is full')
      written.push(...entries)
    }
  }
  return new AuditTrail({ store, clock: { now: () => 1000, monotonic: () => 1000 }, log: silentLog })
}

describe('the audit trail', () => {
  it('makes two lines of a flood: the first of its kind, and how many more there were', async () => {
    const written: AuditEntry[] = []
    const trail = trailInto(written)
    for (let i = 0; i < 100_000; i++) trail.note(denial('person:1'))
    trail.note(denial('person:1', '10.0.0.2'))
    await trail.stop()
    expect(written.map(({ author, count }) => [author.address, count])).toEqual([
      ['10.0.0.1', 1],
      ['10.0.0.2', 1],
      ['10.0.0.1', 99_999]
    ])
  })

  it('makes few lines of very many kinds too, and loses no count', async () => {
    const written: AuditEntry[] = []
    const trail = trailInto(written)
    for (let i = 0; i < 50_000; i++) trail.note(denial(`login:${i}`))
    await trail.stop()
    expect(written.length).toBeLessThan(5100)
    expect(written.reduce((sum, { count }) => sum + count, 0)).toBe(50_000)
  })

  it('writes later what it could not write', async () => {
    const written: AuditEntry[] = []
    let isFull = true
    const trail = trailInto(written, () => isFull)
    trail.note(denial('a'))
    await trail.stop()
    expect(written).toEqual([])
    isFull = false
    await trail.stop()
    expect(written.map(({ object }) => object)).toEqual(['a'])
  })
})
