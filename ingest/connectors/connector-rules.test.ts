import fc from 'fast-check'
import { ErrorWithReasonCode } from 'mqtt'
import { describe, expect, test } from 'vitest'
import { brokerAddress } from './broker-address.ts'
import { failureText } from './connect-failure.ts'
import { InFlight } from './in-flight.ts'
import { longestAwayMs, longestFullMs, reconnectDelayMs } from './reconnect-delay.ts'

describe('address of a broker', () => {
  test.each([
    ['mqtt://10.0.0.5', { protocol: 'mqtt', host: '10.0.0.5', port: 1883, shown: 'mqtt://10.0.0.5:1883' }],
    ['tcp://broker:2883', { protocol: 'mqtt', host: 'broker', port: 2883, shown: 'mqtt://broker:2883' }],
    ['ssl://broker', { protocol: 'mqtts', host: 'broker', port: 8883, shown: 'mqtts://broker:8883' }],
    ['mqtt://[::1]:1884', { protocol: 'mqtt', host: '::1', port: 1884, shown: 'mqtt://[::1]:1884' }],
    [
      'wss://broker/mqtt?a=1',
      { protocol: 'wss', host: 'broker', port: 443, path: '/mqtt?a=1', shown: 'wss://broker:443/mqtt' }
    ],
    ['mqtt://sen:m%40t%3Akh%E1%BA%A9u@b', { username: 'sen', password: 'm@t:khẩu', shown: 'mqtt://b:1883' }]
  ])('reads %s', (url, expected) => {
    expect(brokerAddress(url)).toMatchObject(expected)
  })

  test.each(['', 'broker', 'http://u:geheim@b', 'mqtt://u:geheim@', 'mqtt://u:geheim%zz@b', 'mqtt://u:geheim@b:99999'])(
    'refuses %j without telling the password',
    url => {
      const refusal = (() => {
        try {
          return brokerAddress(url)
        } catch (error) {
          return error
        }
      })()
      expect(refusal).toMatchObject({
        code: 'SEN_INPUT_INVALID',
        message: expect.stringMatching(/^read broker address: /)
      })
      expect(JSON.stringify([refusal, String(refusal)])).not.toContain('geheim')
    }
  )
})

describe('delay before connecting again', () => {
  test('grows from 1 to 2 s up to 30 to 60 s, and up to 5 s while Sen has no room', () => {
    const ends = (failures: number, longestMs: number) =>
      [0, 1].map(random => reconnectDelayMs(failures, random, longestMs))
    expect([0, 1, 2, 4, 5, 1_000].map(failures => ends(failures, longestAwayMs))).toEqual([
      [1_000, 2_000],
      [2_000, 4_000],
      [4_000, 8_000],
      [16_000, 32_000],
      [30_000, 60_000],
      [30_000, 60_000]
    ])
    expect(ends(9, longestFullMs)).toEqual([2_500, 5_000])
  })
})

describe('reason of a failure', () => {
  test.each([
    [new ErrorWithReasonCode('Connection refused: Not authorized', 5), /user name or password/],
    [new ErrorWithReasonCode('Connection refused: Not authorized', 135), /user name or password/],
    [new ErrorWithReasonCode('something else', 149), /^something else$/],
    [
      new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')], ''),
      /::1:1; .*127/
    ],
    [new Error('connect ECONNREFUSED 127.0.0.1:1'), /ECONNREFUSED/],
    [new Error(''), /^Error$/],
    [
      new Error('ssl3_read_bytes:tlsv13 alert certificate required:SSL alert number 116\n'),
      /^the server asks for a cert/
    ],
    [
      new Error('write EPROTO ssl3_read_bytes:alert certificate expired:SSL alert number 45\n'),
      /^Sen's certificate has e/
    ],
    [new Error('ssl3_read_bytes:tlsv1 alert internal error:SSL alert number 80\n'), /handshake \(alert 80\)$/]
  ])('says %s in words', (error, text) => {
    expect(failureText(error)).toMatch(text)
  })
})

describe('places for messages in flight', () => {
  test('never gives more than there are, and serves who waits in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean(), { maxLength: 60 }), (limit, steps) => {
        const places = new InFlight(limit)
        const served: number[] = []
        let asked = 0
        let given = 0
        for (const isTake of steps) {
          if (isTake) {
            const turn = asked++
            places.take(() => served.push(turn))
          } else if (given < served.length) {
            given++
            places.give()
          }
          expect(places.taken).toBe(Math.min(limit, asked - given))
          expect(served).toEqual(Array.from({ length: Math.min(asked, given + limit) }, (_, index) => index))
        }
      }),
      { seed: 7 }
    )
  })
})
