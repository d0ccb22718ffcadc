import { describe, expect, it } from 'vitest'
import { topicOf } from './topics.ts'

describe('topicOf', () => {
  it.each([
    ['site/a/b/telemetry', { kind: 'telemetry', site: 'a', device: 'b' }],
    ['site/a/b/status', { kind: 'status', site: 'a', device: 'b' }],
    ['site/a/b/command/reply', { kind: 'reply', site: 'a', device: 'b' }],
    [
      'application/0f6b1c5e/device/A84041FFFF1C2D01/event/up',
      { kind: 'chirpstack', application: '0f6b1c5e', device: 'a84041ffff1c2d01', event: 'up' }
    ],
    [
      'v3/nong-nghiep@ttn/devices/dat-lua-01/up',
      { kind: 'tts', application: 'nong-nghiep@ttn', endDevice: 'dat-lua-01', event: 'up' }
    ],
    [
      'v3/nong-nghiep/devices/dat-lua-01/location/solved',
      { kind: 'tts', application: 'nong-nghiep', endDevice: 'dat-lua-01', event: 'location/solved' }
    ],
    ['as923_2/gateway/24E124FFFEF79114/state/conn', { kind: 'gateway', gateway: '24e124fffef79114', event: 'conn' }],
    ['gateway/24e124fffef79114/event/stats', { kind: 'gateway', gateway: '24e124fffef79114', event: 'stats' }],
    ['site/gateway/b/status', { kind: 'status', site: 'gateway', device: 'b' }],
    ['site/__proto__/constructor/telemetry', { kind: 'telemetry', site: '__proto__', device: 'constructor' }]
  ])('reads %s', (topic, expected) => {
    expect(topicOf(topic)).toEqual(expected)
  })

  it.each([
    '',
    '/',
    'site',
    'site/a/b',
    'site//b/telemetry',
    'site/a/b/telemetry/',
    '/site/a/b/telemetry',
    'site/a/b/command',
    'site/a/b/toString',
    'site/a b/c/telemetry',
    'site/a/\u0000/telemetry',
    `site/a/${'x'.repeat(65)}/telemetry`,
    'application/1/device/xyz/event/up',
    '$SYS/a/b/telemetry',
    'gateway/xyz/event/stats',
    'gateway/24e124fffef79114/state/other',
    'a b/gateway/24e124fffef79114/event/stats',
    'v3',
    'v3/a@ttn/devices/b',
    'v3/a@ttn/devices/b/down/push',
    'v3/a@ttn/devices/b/down/replace',
    'v3/a@ttn/devices/b/up/',
    'v3/a@ttn/devices/b/toString',
    'v3/a@ttn/device/b/up',
    'v3/a@b@c/devices/d/up',
    'v3/@ttn/devices/b/up',
    'v3/a@/devices/b/up',
    'v3/a/devices//up'
  ])('knows no meaning for "%s"', topic => {
    expect(topicOf(topic)).toEqual({ kind: 'unknown' })
  })
})
