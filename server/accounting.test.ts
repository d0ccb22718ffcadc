import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noDecodeTotals, noStoreTotals } from '../model/accounting.ts'
import { accountingOf } from './accounting.ts'

const count = fc.nat(1_000_000)

describe('accountingOf', () => {
  it('closes both sums with what is pending', () => {
    const decodeTotals = fc.record({
      stored: count,
      event: count,
      duplicate: count,
      quarantined: count,
      decoded: count,
      refused: count,
      unmapped: count
    })
    const totals = fc.record({ stored: count, duplicate: count, superseded: count, refused: count })
    fc.assert(
      fc.property(count, decodeTotals, totals, (received, decoded, stored) => {
        const { messages, readings } = accountingOf(received, { position: 1, decodeTotals: decoded, totals: stored })
        const { pending, received: all, ...outcomes } = messages
        expect(Object.values(outcomes).reduce((a, b) => a + b) + pending).toBe(all)
        const { pending: waiting, decoded: values, ...ends } = readings
        expect(Object.values(ends).reduce((a, b) => a + b) + waiting).toBe(values)
      })
    )
  })

  it('counts values refused at decode and by the store together', () => {
    const { readings } = accountingOf(3, {
      position: 1,
      decodeTotals: { ...noDecodeTotals, stored: 3, decoded: 10, refused: 2 },
      totals: { stored: 5, duplicate: 1, superseded: 1, refused: 1 }
    })
    expect(readings).toEqual({ decoded: 10, stored: 5, duplicate: 1, superseded: 1, refused: 3, pending: 0 })
  })

  it('of a new installation is nothing, of messages not yet decoded pending', () => {
    const store = { position: 0, decodeTotals: noDecodeTotals, totals: noStoreTotals }
    expect(new Set(Object.values(accountingOf(0, store).messages))).toEqual(new Set([0]))
    expect(accountingOf(7, store).messages).toMatchObject({ received: 7, pending: 7 })
  })
})
