import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeviceQuota } from './device-quota.ts'

describe('a device’s quota', () => {
  it('lets a burst through, then as many a second as it says', () => {
    const quota = new DeviceQuota({ perSecond: 2, burst: 3 })
    const allowance = quota.allowanceOf('d', 0)
    expect([0, 0, 0, 0].map(now => quota.take(allowance, now, false))).toEqual([0, 0, 0, 500])
    expect(quota.take(allowance, 400, false)).toBeCloseTo(100)
    expect(quota.take(allowance, 500, false)).toBe(0)
  })

  it('lets who owes messages wait longer for each', () => {
    const quota = new DeviceQuota({ perSecond: 10, burst: 1 })
    const allowance = quota.allowanceOf('d', 0)
    expect([0, 0, 0].map(now => quota.take(allowance, now, true))).toEqual([0, 100, 200])
  })

  it('never grants more than burst and rate allow, whenever messages come', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 200 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), (waits, perSecond, burst) => {
        const quota = new DeviceQuota({ perSecond, burst })
        const allowance = quota.allowanceOf('d', 0)
        let now = 0
        let granted = 0
        for (const wait of waits) {
          now += wait
          if (quota.take(allowance, now, false) === 0) granted++
          expect(granted).toBeLessThanOrEqual(burst + (now * perSecond) / 1000 + 1e-6)
        }
      })
    )
  })

  it('is each device’s own', () => {
    const quota = new DeviceQuota({ perSecond: 1, burst: 1 })
    quota.take(quota.allowanceOf('flooding', 0), 0, true)
    expect(quota.take(quota.allowanceOf('other', 0), 0, false)).toBe(0)
    expect(quota.allowanceOf('flooding', 1).left).toBe(0)
  })
})
