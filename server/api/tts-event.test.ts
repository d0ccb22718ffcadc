import { describe, expect, it } from 'vitest'
import { topicOf } from '../../ingest/topics.ts'
import { ttsEvent, ttsEventNames } from '../../tests/events/tts-events.ts'
import { ttsEventName, ttsEventOf } from './tts-event.ts'

const bytesOf = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8')

describe('a webhook’s body', () => {
  it.each(ttsEventNames)('says what it is: %s', name => {
    const { topic, payload } = ttsEvent(name)
    const { dev_eui: devEui } = payload.end_device_ids
    expect(ttsEventOf(bytesOf(payload), undefined)).toEqual({
      // A webhook does not name the tenant.
      topic: topic.replace('@ttn', ''),
      device: typeof devEui === 'string' ? devEui.toLowerCase() : undefined
    })
  })

  it('may be what its address expects', () => {
    expect(ttsEventOf(bytesOf(ttsEvent('join').payload), 'join').topic).toBe('v3/nong-nghiep/devices/dat-lua-01/join')
  })

  it.each(ttsEventName.options)('of type %s has a topic that Sen reads', event => {
    expect(topicOf(`v3/nong-nghiep/devices/dat-lua-01/${event}`)).toMatchObject({ kind: 'tts', event })
  })

  const { end_device_ids } = ttsEvent('up').payload
  const application_ids = { application_id: 'nong-nghiep' }
  it.each([
    ['nothing', '', 'json-invalid'],
    ['no JSON', 'uplink', 'json-invalid'],
    ['text', '"uplink_message"', 'expected object'],
    ['too deep', '['.repeat(50_000), 'json-too-deep'],
    ['without a device', { uplink_message: {} }, 'end_device_ids'],
    ['of no known type', { end_device_ids }, 'none of uplink_message'],
    ['of an inherited type', { end_device_ids, toString: {} }, 'none of uplink_message'],
    [
      'with an id that reaches into other topics',
      { end_device_ids: { device_id: 'a/up', application_ids } },
      'device_id'
    ],
    ['with a DevEUI that is none', { end_device_ids: { device_id: 'a', application_ids, dev_eui: '1' } }, 'dev_eui']
  ])('is refused: %s', (_, body, cause) => {
    expect(() => ttsEventOf(bytesOf(body), undefined)).toThrow(cause)
  })

  it('is refused where its address expects another', () => {
    expect(() => ttsEventOf(bytesOf(ttsEvent('join').payload), 'up')).toThrow(/it is join.*expects up/)
  })
})
