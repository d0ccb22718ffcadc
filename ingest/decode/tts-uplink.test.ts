import { describe, expect, it } from 'vitest'
import { ttsEvent, ttsEventNames } from '../../tests/events/tts-events.ts'
import type { Uplink } from './lorawan-uplink.ts'
import { ttsUplinkOf } from './tts-uplink.ts'

const ids = { device_id: 'dat-lua-01', dev_eui: 'A84041FFFF1C2D01' }
const least = { end_device_ids: ids, uplink_message: {} }

function read(message: object, rest: object = {}): Uplink {
  const outcome = ttsUplinkOf({ ...least, ...rest, uplink_message: message })
  if (!outcome.ok) throw new Error(outcome.detail)
  return outcome.uplink
}

const frame = {
  device: 'a84041ffff1c2d01',
  topicName: 'dat-lua-01',
  fPort: 2,
  bytes: Buffer.from('ce2900f107a5099b6e2890', 'hex'),
  time: '2026-03-14T01:02:03.775023Z',
  best: { rssi: -97, snr: 6.8 },
  isSimulated: false
}
const counted = 'a84041ffff1c2d01|260ba3c4|4711|2|zikA8QelCZtuKJA='

/** What each documented event is as an uplink; the others are none. */
const documented: Readonly<Record<string, object>> = {
  up: { ...frame, frameKey: counted, object: { Bat: 3.625 } },
  'up-decode-warning': { ...frame, frameKey: counted, object: { Bat: 3.625 } },
  // Of the first frame of a session, by a gateway without a clock, in an application without a payload formatter.
  'up-first-minimal': {
    ...frame,
    frameKey: 'a84041ffff1c2d01|260ba3c4|0|2|zikA8QelCZtuKJA=',
    object: undefined,
    time: '2026-03-14T01:02:04.001589559Z',
    best: { rssi: -86, snr: 7.8 }
  },
  'up-empty': {
    ...frame,
    frameKey: 'a84041ffff1c2d01|260ba3c4|4713|0|',
    fPort: 0,
    bytes: Buffer.alloc(0),
    object: undefined
  },
  'up-simulated': {
    ...frame,
    frameKey: 'a84041ffff1c2d01|simulated|2026-03-14T01:02:04.214773143Z|4711|2|zikA8QelCZtuKJA=',
    isSimulated: true
  }
}

describe('events as The Things Stack documents them', () => {
  it('are all looked at here', () => {
    expect(Object.keys(documented).toSorted()).toEqual(ttsEventNames.filter(name => name.startsWith('up')))
    expect(ttsEventNames).toHaveLength(13)
  })

  it.each(Object.entries(documented))('are frames: %s', (name, uplink) => {
    expect(ttsUplinkOf(ttsEvent(name).payload)).toMatchObject({ ok: true, uplink })
  })

  it.each(ttsEventNames.filter(name => !Object.hasOwn(documented, name)))('are no frames: %s', name => {
    expect(ttsUplinkOf(ttsEvent(name).payload)).toMatchObject({ ok: false, reason: 'event-invalid' })
  })
})

describe('ttsUplinkOf', () => {
  it('takes what was left out for 0, "" and nothing', () => {
    expect(read({})).toEqual({
      device: 'a84041ffff1c2d01',
      topicName: 'dat-lua-01',
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

  it('takes an absent snr for 0 dB, above a negative one', () => {
    expect(read({ rx_metadata: [{ rssi: -90, snr: -1 }, { rssi: -100 }] }).best).toMatchObject({ rssi: -100, snr: 0 })
  })

  const all = {
    settings: { time: 'A' },
    received_at: 'B',
    rx_metadata: [{}, { received_at: 'C', gps_time: 'D', time: 'E' }]
  }
  it.each([
    ['the frame’s own time', all, 'A'],
    ['else when the Network Server got it', { ...all, settings: {} }, 'B'],
    ['else when a Gateway Server got it', { rx_metadata: all.rx_metadata }, 'C'],
    ['else a gateway’s satellite time', { rx_metadata: [{ gps_time: 'D', time: 'E' }] }, 'D'],
    ['else a gateway’s own', { rx_metadata: [{ time: 'E' }] }, 'E'],
    ['else when the event was made', { settings: { time: null }, rx_metadata: [{}] }, 'F']
  ])('gives %s', (_, message, time) => {
    expect(read(message, { received_at: 'F' }).time).toBe(time)
  })

  it('tells a simulated frame from the real one of its number, and from another simulated one', () => {
    const message = { f_cnt: 1, f_port: 2, frm_payload: 'AA==' }
    const keys = [{}, { simulated: true, received_at: 'A' }, { simulated: true, received_at: 'B' }].map(
      rest => read(message, rest).frameKey
    )
    expect(new Set(keys).size).toBe(3)
  })

  it.each([
    ['no object', null, ''],
    ['no device', {}, 'end_device_ids'],
    ['a device without DevEUI', { ...least, end_device_ids: { device_id: 'x' } }, 'end_device_ids.dev_eui'],
    ['a DevEUI of 15 digits', { ...least, end_device_ids: { ...ids, dev_eui: 'A84041FFFF1C2D0' } }, 'dev_eui'],
    ['no uplink', { end_device_ids: ids }, 'uplink_message'],
    ['an fPort no radio has', { ...least, uplink_message: { f_port: 256 } }, 'uplink_message.f_port'],
    ['half a frame counter', { ...least, uplink_message: { f_cnt: 1.5 } }, 'f_cnt'],
    ['a frame counter beyond 32 bits', { ...least, uplink_message: { f_cnt: 2 ** 32 } }, 'f_cnt'],
    ['data that is no base64', { ...least, uplink_message: { frm_payload: '***' } }, 'frm_payload'],
    ['an infinite signal', { ...least, uplink_message: { rx_metadata: [{ rssi: Infinity }] } }, 'rx_metadata.0.rssi'],
    ['simulated as a word', { ...least, simulated: 'true' }, 'simulated'],
    ['a payload left encrypted', { ...least, uplink_message: { app_s_key: { key: 'AA==' } } }, 'encrypted'],
    ['ChirpStack v4', { deviceInfo: { devEui: 'a84041ffff1c2d01' } }, 'end_device_ids']
  ])('refuses %s and says where', (_, json, detail) => {
    expect(ttsUplinkOf(json)).toMatchObject({
      ok: false,
      reason: 'event-invalid',
      detail: expect.stringContaining(detail) as string
    })
  })
})
