import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, expectCut, site, status, telemetry } from './broker.fixture.ts'
import type { Door } from './broker.fixture.ts'
import { connect, publish, subscribe, unsubscribe } from './packets.ts'
import type { ConnectFields } from './packets.ts'
import type { Wire } from './wire.ts'

/* Chapter 1.5.3, and what Sen does with every other string that the standard leaves open. */
const door = doorOfEachTest()

const illFormed: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a byte that never occurs', [0xff]],
  ['a lone high surrogate', [0xed, 0xa0, 0x80]],
  ['a lone low surrogate', [0xed, 0xbf, 0xbf]],
  ['a surrogate pair in two encodings', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
  ['an overlong U+0000', [0xc0, 0x80]],
  ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['an unfinished sequence', [0xe2, 0x82]],
  ['a continuation byte alone', [0x80]]
]

const nul: readonly (readonly [name: string, bytes: readonly number[]])[] = [['U+0000', [0]]]

type Send = (on: Door, bad: Buffer) => Promise<Wire>

/** Sends the bad bytes within this field of a packet that is right otherwise. */
const inPublish: Send = async (on, bad) => {
  const wire = await on.login()
  wire.send(publish({ topic: Buffer.concat([Buffer.from(telemetry), bad]), payload: '{}', qos: 1, id: 1 }))
  return wire
}
const inSubscribe: Send = async (on, bad) => {
  const wire = await on.login()
  wire.send(subscribe(1, [Buffer.concat([Buffer.from('site/s/d/'), bad]), 0]))
  return wire
}
const inUnsubscribe: Send = async (on, bad) => {
  const wire = await on.login()
  wire.send(unsubscribe(1, Buffer.concat([Buffer.from('site/s/d/'), bad])))
  return wire
}
const inConnect =
  (fields: (bad: Buffer) => ConnectFields): Send =>
  async (on, bad) => {
    const wire = await on.wire()
    wire.send(connect({ ...device, ...fields(bad) }))
    return wire
  }
const inClientId = inConnect(bad => ({ clientId: Buffer.concat([Buffer.from('c'), bad]) }))
const inWillTopic = inConnect(bad => ({
  will: { topic: Buffer.concat([Buffer.from(status), bad]), payload: 'gone' }
}))
const inUsername = inConnect(bad => ({ username: Buffer.concat([Buffer.from('d'), bad]) }))

describe.each(illFormed)('%s', (_, bytes) => {
  const bad = Buffer.from(bytes)
  it.each([
    ['[MQTT-1.5.3-1] closes the connection when it stands in a topic name', inPublish],
    ['[MQTT-3.8.3-1] [MQTT-1.5.3-1] closes the connection when it stands in a topic filter', inSubscribe],
    ['[MQTT-3.10.3-1] [MQTT-1.5.3-1] closes the connection when it stands in a filter to unsubscribe', inUnsubscribe],
    ['[MQTT-3.1.3-4] [MQTT-1.5.3-1] closes the connection when it stands in a client id', inClientId],
    ['[MQTT-3.1.3-10] [MQTT-1.5.3-1] closes the connection when it stands in a will topic', inWillTopic],
    ['[MQTT-3.1.3-11] [MQTT-1.5.3-1] closes the connection when it stands in a user name', inUsername]
  ])('%s', async (_title, send) => {
    await expectCut(door(), await send(door(), bad))
  })
})

describe.each(nul)('%s', (_, bytes) => {
  const bad = Buffer.from(bytes)
  it.each([
    ['[MQTT-4.7.3-2] [MQTT-1.5.3-2] closes the connection when it stands in a topic name', inPublish],
    ['[MQTT-4.7.3-2] [MQTT-1.5.3-2] closes the connection when it stands in a topic filter', inSubscribe],
    ['[MQTT-4.7.3-2] [MQTT-1.5.3-2] closes the connection when it stands in a filter to unsubscribe', inUnsubscribe],
    ['[MQTT-1.5.3-2] closes the connection when it stands in a client id', inClientId],
    ['[MQTT-1.5.3-2] closes the connection when it stands in a will topic', inWillTopic],
    ['[MQTT-1.5.3-2] closes the connection when it stands in a user name', inUsername]
  ])('%s', async (_title, send) => {
    await expectCut(door(), await send(door(), bad))
  })
})

describe('U+FEFF', () => {
  it('[MQTT-1.5.3-3] is part of a client id: with and without it are two clients', async () => {
    const plain = await door().login({ clientId: 'mark' })
    const marked = await door().login({ clientId: '\ufeffmark' })
    await plain.settle()
    await marked.settle()
    expect([plain.closedAt, marked.closedAt]).toEqual([undefined, undefined])
  })

  it('[MQTT-1.5.3-3] is part of a topic name: the device with it is another one', async () => {
    const wire = await door().login()
    wire.send(publish({ topic: 'site/s/\ufeffd/telemetry', payload: '{}', qos: 1, id: 1 }))
    await expectCut(door(), wire)
  })
})

const unusual: readonly (readonly [name: string, text: string])[] = [
  ['a control character', '\u0001'],
  ['a line break', '\n'],
  ['DEL', '\u007f'],
  ['a C1 control character', '\u0085'],
  ['U+FFFE', '\ufffe'],
  ['U+FFFF', '\uffff'],
  ['U+FFFD, well-formed', '\ufffd'],
  ['a character of four bytes', '\u{1f33e}'],
  ['an empty level', '/'],
  ['a right-to-left mark', '\u200f']
]

describe.each(unusual)('%s, which the standard allows', (name, text) => {
  it('in a topic name makes it none of the device: closed, counted and not kept', async () => {
    const wire = await door().login()
    wire.send(publish({ topic: `site/s/d${text}/telemetry`, payload: '{}', qos: 1, id: 1 }))
    await expectCut(door(), wire)
    expect(door().refused).toHaveLength(1)
  })

  it('in a will topic makes it none of the device: the will is not kept', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, will: { topic: `site/s/d${text}/status`, payload: 'gone' } }))
    await Promise.race([wire.next('connack').catch(() => undefined), wire.closed()])
    await wire.drop()
    await (await door().login({ ...device, clientId: 'later' })).settle()
    expect(door().journal.payloads).toEqual([])
    expect(door().refused).toHaveLength(1)
  })

  it('in a filter below the own topics is a character like any other', async () => {
    const wire = await door().login()
    wire.send(subscribe(1, [`site/s/d/${text}`, 0]))
    expect((await wire.next('suback')).codes).toEqual([0])
  })

  it('in a user name belongs to nobody: refused with a code, and counted', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, username: `d${text}` }))
    expect([4, 5]).toContain((await wire.next('connack')).code)
    await wire.closed()
    expect(door().refused).toEqual(['credentials'])
  })

  it('in a client id is refused as an identifier if it is a control character, no character or a slash; else taken as it is', async () => {
    const isUnfit = /control|line break|DEL|U\+FFFE|U\+FFFF|level/.test(name)
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId: `c${text}` }))
    expect((await wire.next('connack')).code).toBe(isUnfit ? 2 : 0)
  })
})

describe('long and deep topics', () => {
  const longest = 'x'.repeat(65_535)
  const deep = 'site/s/d' + '/x'.repeat(98)

  it.each([
    ['65,535 bytes', longest],
    ['65,535 bytes that begin like the own ones', telemetry.padEnd(65_535, 'x')],
    ['101 levels', deep],
    ['a leading slash', `/${telemetry}`],
    ['an empty level at the end', `${telemetry}/`]
  ])('a topic name of %s closes the connection and is not kept', async (_, topic) => {
    const wire = await door().login()
    wire.send(publish({ topic, payload: '{}', qos: 1, id: 1 }))
    await expectCut(door(), wire)
    expect(door().refused).toHaveLength(1)
  })

  it('a filter of 65,535 bytes below the own topics is granted', async () => {
    const wire = await door().login()
    wire.send(subscribe(1, ['site/s/d/'.padEnd(65_535, 'x'), 0]))
    expect((await wire.next('suback')).codes).toEqual([0])
    await wire.settle()
  })

  it.each([
    ['101 levels', deep],
    ['65,535 levels and more', 'site/s/d' + '/'.repeat(65_000)]
  ])('a filter of %s below the own topics closes the connection, counted', async (_, filter) => {
    const wire = await door().login()
    wire.send(subscribe(1, [filter, 0]))
    await wire.closed()
    expect(door().refused).toEqual(['malformed'])
  })

  it('a client id of 8,000 bytes is refused as an identifier', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId: 'c'.repeat(8000) }))
    expect((await wire.next('connack')).code).toBe(2)
    await wire.closed()
  })

  it('a user name of 8,000 bytes belongs to nobody', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...site, username: 'd'.repeat(8000) }))
    expect([4, 5]).toContain((await wire.next('connack')).code)
    await wire.closed()
  })
})
