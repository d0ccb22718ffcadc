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
    '$SYS/a/b/telemetry'
  ])('knows no meaning for "%s"', topic => {
    expect(topicOf(topic)).toEqual({ kind: 'unknown' })
  })
})
