import { describe, expect, it } from 'vitest'
import { chirpStackEvent } from '../../tests/events/chirpstack-events.ts'
import { chirpStackUplinkOf } from './chirpstack-uplink.ts'
import type { Uplink } from './lorawan-uplink.ts'

const least = { deviceInfo: { devEui: 'A84041FFFF1C2D01' } }

function read(changes: object): Uplink {
  const outcome = chirpStackUplinkOf({ ...least, ...changes })
  if (!outcome.ok) throw new Error(outcome.detail)
  return outcome.uplink
}

describe('chirpStackUplinkOf', () => {
  it('takes what proto3 left out for 0, "" and nothing', () => {
    expect(read({})).toEqual({
      device: 'a84041ffff1c2d01',
      topicName: 'a84041ffff1c2d01',
      frameKey: 'a84041ffff1c2d01||0|0|',
      fPort: 0,
      bytes: Buffer.alloc(0),
      object: undefined,
      time: undefined,
      best: undefined,
      isSimulated: false,
      session: '',
      counter: 0,
      spreadingFactor: undefined,
      receptions: []
    })
  })

  it.each([
    ['a frame counter as text', { fCnt: '4294967295' }, '|4294967295|'],
    ['a frame counter as number', { fCnt: 7 }, '|7|']
  ])('reads %s', (_, changes, part) => {
    expect(read(changes).frameKey).toContain(part)
  })

  it.each([
    ['the event’s own time', { time: 'A', rxInfo: [{ nsTime: 'B' }] }, 'A'],
    [
      'else the first gateway’s time at the network server',
      { time: null, rxInfo: [{ nsTime: 'B', gwTime: 'C' }] },
      'B'
    ],
    ['else a gateway’s own', { rxInfo: [{}, { gwTime: 'C', time: 'D' }] }, 'C'],
    ['else the gateway’s under its name before v4.6', { rxInfo: [{ nsTime: null, gwTime: null, time: 'D' }] }, 'D'],
    ['else none', { rxInfo: [{}] }, undefined]
  ])('gives %s', (_, changes, time) => {
    expect(read(changes).time).toBe(time)
  })

  it.each([
    [
      'the best of several',
      [
        { rssi: -90, snr: 1 },
        { rssi: -110, snr: 5 },
        { rssi: -80, snr: -3 }
      ],
      { rssi: -110, snr: 5 }
    ],
    ['an absent snr as 0, above a negative one', [{ rssi: -90, snr: -1 }, { rssi: -100 }], { rssi: -100, snr: 0 }],
    [
      'the first of equals',
      [
        { rssi: -90, snr: 2 },
        { rssi: -80, snr: 2 }
      ],
      { rssi: -90, snr: 2 }
    ]
  ])('says %s', (_, rxInfo, best) => {
    expect(read({ rxInfo }).best).toMatchObject(best)
  })

  it('reads the documented event whole', () => {
    const { payload } = chirpStackEvent('up')
    expect(read(payload)).toMatchObject({
      frameKey: 'a84041ffff1c2d01|01a2b3c4|4711|2|zikA8QelCZtuKJA=',
      bytes: Buffer.from('ce2900f107a5099b6e2890', 'hex'),
      time: '2026-03-14T01:02:03.775023+00:00',
      object: { Bat: 3.625 }
    })
  })

  it.each([
    ['no object', null, 'event-invalid', ''],
    ['no device', {}, 'event-invalid', 'deviceInfo'],
    ['a DevEUI of 15 digits', { deviceInfo: { devEui: 'a84041ffff1c2d0' } }, 'event-invalid', 'deviceInfo.devEui'],
    ['url-safe base64', { ...least, data: 'zik_8Q==' }, 'event-invalid', 'data'],
    ['a signal that is no number', { ...least, rxInfo: [{ rssi: 'x' }] }, 'event-invalid', 'rxInfo.0.rssi'],
    ['an infinite signal', { ...least, rxInfo: [{ snr: Infinity }] }, 'event-invalid', 'rxInfo.0.snr'],
    ['half a frame counter', { ...least, fCnt: 1.5 }, 'event-invalid', 'fCnt'],
    ['a frame counter beyond 32 bits', { ...least, fCnt: 2 ** 32 }, 'event-invalid', 'fCnt'],
    ['a frame counter in other digits', { ...least, fCnt: '0x10' }, 'event-invalid', 'fCnt'],
    ['v3', { devEUI: 'qEBB//8cLQE=' }, 'chirpstack-v3', 'upgrade']
  ])('refuses %s and says where', (_, json, reason, detail) => {
    expect(chirpStackUplinkOf(json)).toMatchObject({
      ok: false,
      reason,
      detail: expect.stringContaining(detail) as string
    })
  })
})
