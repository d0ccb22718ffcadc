import { describe, expect, it } from 'vitest'
import { goodQuality, qualityBits, qualityText } from './quality.ts'

describe('qualityText', () => {
  it.each([
    [goodQuality, 'good'],
    [qualityBits['receive-time'], 'receive-time'],
    [qualityBits.implausible | qualityBits['receive-time'], 'receive-time,implausible'],
    [qualityBits.manual | qualityBits.simulated, 'manual,simulated'],
    [15, 'receive-time,implausible,manual,simulated']
  ])('of %i is %s', (quality, text) => {
    expect(qualityText(quality)).toBe(text)
  })

  it('has marks that are bits of one byte, no two alike', () => {
    const bits = Object.values(qualityBits)
    expect(new Set(bits).size).toBe(bits.length)
    for (const bit of bits) expect([bit > 0 && bit < 256, bit & (bit - 1)]).toEqual([true, 0])
  })
})
