import { describe, expect, it } from 'vitest'
import { publishRefusal, subscribeRefusal } from './access.ts'
import type { Identity } from './access.ts'

const device: Identity = { kind: 'device', subject: 'lua-01', username: 'lua-01' }
const site: Identity = { kind: 'site', subject: 'nam-dan', username: 'site:nam-dan' }
const connector: Identity = { kind: 'connector', subject: 'cs', username: 'connector:cs' }
const token: Identity = {
  kind: 'token',
  subject: 'token:1',
  username: 'token:1',
  mayPublish: where => where === 'nam-dan',
  maySubscribe: where => where === 'do-luong'
}
const siteOf = (id: string) => (id === 'lua-01' ? 'nam-dan' : undefined)
const uplink = 'application/1/device/a84041ffff1c2d01/event/up'

describe('who may publish', () => {
  it.each([
    [device, 'site/nam-dan/lua-01/telemetry', undefined],
    [device, 'site/nam-dan/lua-01/command/reply', undefined],
    [device, 'site/nam-dan/lua-02/telemetry', 'topic-not-allowed'],
    [device, 'site/other/lua-01/telemetry', 'topic-not-allowed'],
    [{ ...device, subject: 'gone' }, 'site/nam-dan/gone/telemetry', 'device-unknown'],
    [device, 'site/nam-dan/lua-01/command', 'topic-unknown'],
    [device, uplink, 'topic-not-allowed'],
    [site, 'site/nam-dan/anything/telemetry', undefined],
    [site, 'site/other/lua-01/telemetry', 'topic-not-allowed'],
    [site, uplink, 'topic-not-allowed'],
    [connector, uplink, undefined],
    [connector, 'v3/nong-nghiep@ttn/devices/dat-lua-01/up', undefined],
    [connector, 'v3/nong-nghiep@ttn/devices/dat-lua-01/down/push', 'topic-unknown'],
    [device, 'v3/nong-nghiep@ttn/devices/lua-01/up', 'topic-not-allowed'],
    [site, 'v3/nam-dan@ttn/devices/lua-01/up', 'topic-not-allowed'],
    [connector, 'site/nam-dan/lua-01/telemetry', 'topic-not-allowed'],
    [token, 'site/nam-dan/anything/telemetry', undefined],
    [token, 'site/do-luong/anything/telemetry', 'topic-not-allowed'],
    [token, uplink, 'topic-not-allowed'],
    [connector, '$SYS/x', 'topic-unknown']
  ] as const)('%o on %s: %s', (identity, topic, expected) => {
    expect(publishRefusal(identity, topic, siteOf)).toBe(expected)
  })
})

describe('who may subscribe', () => {
  it.each([
    [device, 'site/nam-dan/lua-01/command', undefined],
    [device, 'site/nam-dan/lua-01/#', undefined],
    [device, 'site/nam-dan/+/command', 'topic-not-allowed'],
    [device, 'site/nam-dan/#', 'topic-not-allowed'],
    [device, '#', 'topic-not-allowed'],
    [device, '$SYS/#', 'topic-not-allowed'],
    [device, '$share/g/site/nam-dan/lua-01/#', 'topic-not-allowed'],
    [site, 'site/nam-dan/#', undefined],
    [site, 'site/+/lua-01/telemetry', 'topic-not-allowed'],
    [connector, 'application/+/device/+/command/down', undefined],
    [connector, 'application/#', 'topic-not-allowed'],
    [connector, 'v3/+/devices/+/down/push', undefined],
    [connector, 'v3/+/devices/+/up', 'topic-not-allowed']
  ] as const)('%o to %s: %s', (identity, filter, expected) => {
    expect(subscribeRefusal(identity, filter, siteOf)).toBe(expected)
  })
})

describe('what a token may hear', () => {
  it.each([
    ['site/do-luong/#', undefined],
    ['site/do-luong/+/telemetry', undefined],
    ['site/nam-dan/#', 'topic-not-allowed'],
    ['site/+/lua-01/telemetry', 'topic-not-allowed'],
    ['site/do-luong', 'topic-not-allowed'],
    ['site/#', 'topic-not-allowed'],
    ['#', 'topic-not-allowed'],
    ['$share/g/site/do-luong/#', 'topic-not-allowed'],
    ['$SYS/#', 'topic-not-allowed']
  ])('%s: %s', (filter, expected) => {
    expect(subscribeRefusal(token, filter, siteOf)).toBe(expected)
  })
})
