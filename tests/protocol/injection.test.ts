import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, expectCut, site, telemetry } from './broker.fixture.ts'
import { connect, publish, subscribe } from './packets.ts'

/*
 * Wildcards, `$` and slashes where a name is expected. Sen builds no topic pattern out of a client id or a user name; names
 * that could be taken for a pattern are refused all the same.
 */
const door = doorOfEachTest()

describe('publishing', () => {
  it.each([
    '+',
    '#',
    'site/+/d/telemetry',
    'site/s/+/telemetry',
    'site/s/d/#',
    '$SYS/broker/clients',
    '$share/group/site/s/d/telemetry',
    '$site/s/d/telemetry',
    'site/s/../s/d/telemetry',
    'site/s/d/telemetry/../../e/telemetry',
    'site/s/d/telemetry ',
    ' site/s/d/telemetry',
    'site//d/telemetry',
    'SITE/s/d/telemetry',
    'site/s/__proto__/telemetry',
    'site/__proto__/d/telemetry'
  ])('to "%s" closes the connection, is counted and kept by nobody', async topic => {
    const wire = await door().login()
    wire.send(publish({ topic, payload: 'x', qos: 1, id: 1 }))
    await expectCut(door(), wire)
    expect(door().refused).toHaveLength(1)
  })

  it('with a site credential stays within the site, whatever device is named', async () => {
    for (const topic of ['site/s2/d/telemetry', 'site/s/../t/telemetry', 'site/+/d/telemetry', 'site/s/#']) {
      const wire = await door().login({ ...site, clientId: 'gateway' })
      wire.send(publish({ topic, payload: 'x', qos: 1, id: 1 }))
      await expectCut(door(), wire)
    }
    expect(door().refused).toHaveLength(4)
  })
})

describe('subscribing', () => {
  it.each([
    'site/s/d/../#',
    'site/s/+/#',
    'site/+/+/#',
    '+/s/d/#',
    '$share/g/#',
    '$share/g/site/s/d/telemetry',
    '$SYS/#',
    'site/s/d',
    'site/s/d2/#',
    'site/s/D/#'
  ])('to "%s" is answered with 0x80 or brings only the own topics', async filter => {
    const wire = await door().login()
    wire.send(subscribe(1, [filter, 1]))
    const [code] = (await wire.next('suback')).codes
    if (!filter.startsWith('site/s/d/')) expect(code).toBe(0x80)
    const other = await door().login({ username: 'e' })
    await other.publish({ topic: 'site/s/e/telemetry', payload: 'not yours', qos: 1 })
    await wire.settle()
    expect(wire.received).toEqual([])
  })
})

describe('names at CONNECT', () => {
  it.each(['+', '#', 'a/b', '$SYS', 'd/#', '+/+', 'a\tb', '\u001b[31m'])(
    'a client id "%s" is refused with code 2 and counted',
    async clientId => {
      const wire = await door().wire()
      wire.send(connect({ ...device, clientId }))
      expect((await wire.next('connack')).code).toBe(2)
      await wire.closed()
      expect(door().refused).toEqual(['client-id'])
    }
  )

  it.each(['+', '#', 'd/#', '$SYS', 'site:+', 'site:#', 'site:s/d', 'site:', 'connector:', 'device:d', 'D', 'd '])(
    'a user name "%s" is nobody',
    async username => {
      const wire = await door().wire()
      wire.send(connect({ ...device, username }))
      expect([4, 5]).toContain((await wire.next('connack')).code)
      await wire.closed()
      expect(door().refused).toEqual(['credentials'])
    }
  )

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a client id "%s" is a name like any other',
    async clientId => {
      const first = await door().login({ clientId, isClean: false })
      await first.subscribe(telemetry, 1)
      await first.leave()
      const other = await door().login({ clientId: 'other' })
      await other.publish({ topic: telemetry, payload: 'x', qos: 1 })
      const again = await door().login({ clientId, isClean: false })
      expect((await again.message()).payload).toBe('x')
      expect(Object.keys({})).toEqual([])
      expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    }
  )

  it.each(['__proto__', 'constructor', 'valueOf'])('a filter with the level "%s" is one like any other', async name => {
    const wire = await door().login()
    await wire.subscribe(`site/s/d/${name}/#`, 1)
    await wire.subscribe(telemetry, 1)
    await wire.publish({ topic: telemetry, payload: 'x', qos: 1 })
    expect((await wire.message()).payload).toBe('x')
  })
})
