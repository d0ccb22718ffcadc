import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { between, hash32, hexBytes, normal, sequence, shuffled, uniform, uuid } from './seeded-random.ts'

describe('seeded random values', () => {
  test('are the same for the same keys, on every machine and in every version', () => {
    expect(hash32(1, 'device', 42)).toBe(hash32(1, 'device', 42))
    expect([hash32(0), hash32(1), hash32('a'), hash32(1, 2), hash32(1_795_000_000_000)]).toMatchInlineSnapshot(`
      [
        3553795876,
        1079472227,
        4105642939,
        934891390,
        881528009,
      ]
    `)
  })

  test('differ when a key, its order or its high bits differ', () => {
    const values = [hash32(1, 2), hash32(2, 1), hash32(1, 2 + 2 ** 32), hash32('12'), hash32('1', '2'), hash32(1, '2')]
    expect(new Set(values).size).toBe(values.length)
  })

  test('are uniform in [0, 1) and normal about 0 with deviation 1', () => {
    const count = 20_000
    const uniforms = Array.from({ length: count }, (_, i) => uniform(7, i))
    const normals = Array.from({ length: count }, (_, i) => normal(7, i))
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count
    expect(mean(uniforms)).toBeCloseTo(0.5, 1)
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...uniforms)).toBeLessThan(1)
    expect(mean(normals)).toBeCloseTo(0, 1)
    expect(mean(normals.map(value => value * value))).toBeCloseTo(1, 1)
  })

  test('stay between their bounds whatever the keys', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), (seed, key) => {
        const value = between(-3, 5, seed, key)
        expect(value).toBeGreaterThanOrEqual(-3)
        expect(value).toBeLessThan(5)
      }),
      { seed: 1 }
    )
  })

  test('make well-formed identifiers', () => {
    expect(uuid(3, 'tenant')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(hexBytes(5, 'x')).toMatch(/^[0-9a-f]{10}$/)
  })

  test('shuffle without loss', () => {
    const items = Array.from({ length: 50 }, (_, i) => i)
    const order = shuffled(items, 9)
    expect(order).not.toEqual(items)
    expect([...order].sort((a, b) => a - b)).toEqual(items)
    expect(shuffled(items, 9)).toEqual(order)
  })

  test('run as a sequence that repeats with its seed', () => {
    const first = sequence(5)
    const second = sequence(5)
    expect([first(), first(), first()]).toEqual([second(), second(), second()])
  })
})
