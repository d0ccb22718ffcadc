import { describe, expect, it } from 'vitest'
import { DeviceQuota } from '../device-quota.ts'
import { Routes } from './routes.ts'

describe('the quota that a topic counts for', () => {
  const quota = new DeviceQuota({ perSecond: 1, burst: 1 })
  const siteOf = (device: string) => (device === 'd' ? 's' : undefined)
  const allowanceOf = (site: string, topic: string) => {
    const routes = new Routes({ identity: { kind: 'site', subject: site, username: `site:${site}` }, siteOf, quota })
    const route = routes.of(Buffer.from(topic), 0, topic.length)
    if (typeof route === 'string') throw new Error(route)
    return route.allowance
  }

  it('is the device’s at its own site, and the sender’s anywhere else', () => {
    const own = allowanceOf('s', 'site/s/d/telemetry')
    const foreign = allowanceOf('t', 'site/t/d/telemetry')
    expect(own).toBe(quota.allowanceOf('d', 0))
    expect(foreign).toBe(quota.allowanceOf('site:t', 0))
    expect(allowanceOf('t', 'site/t/made-up/telemetry')).toBe(foreign)
  })
})
