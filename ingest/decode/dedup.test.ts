import { describe, expect, it } from 'vitest'
import type { MessageRecord } from '../../journal/journal.ts'
import { connectionNumber } from '../connection-number.ts'
import { topicOf } from '../topics.ts'
import { RadioDedup, dedupWindowMs } from './radio-dedup.ts'
import { ResendDedup, resendWindowMs } from './resend-dedup.ts'

describe('RadioDedup', () => {
  it('knows a frame again for ten minutes of receive time after it last came', () => {
    const dedup = new RadioDedup()
    expect(dedup.isRepeat('a', 0, 1)).toBe(false)
    expect(dedup.isRepeat('a', dedupWindowMs, 2)).toBe(true)
    expect(dedup.isRepeat('b', dedupWindowMs, 3)).toBe(false)
    expect(dedup.isRepeat('b', 2 * dedupWindowMs + 1, 4)).toBe(false)
  })

  it('says from where the log must be read to know the same', () => {
    const dedup = new RadioDedup()
    for (let i = 0; i < 5000; i++) dedup.isRepeat(`frame ${i}`, i * 1000, i + 1)
    const from = dedup.oldestPosition ?? 0
    const again = new RadioDedup()
    for (let i = from - 1; i < 5000; i++) again.isRepeat(`frame ${i}`, i * 1000, i + 1)
    for (let i = 4000; i < 5000; i++) {
      expect(again.isRepeat(`frame ${i}`, 5_000_000, 0)).toBe(dedup.isRepeat(`frame ${i}`, 5_000_000, 0))
    }
  })
})

const message: MessageRecord = {
  kind: 'message',
  door: 'mqtt',
  credential: 'd',
  topic: 'site/s/d/telemetry',
  payload: Buffer.from('{"air_temperature":1}'),
  receivedAt: 0,
  qos: 1,
  dup: false,
  retain: false,
  clientId: 'c',
  connection: connectionNumber(0, 1),
  packetId: 7
}

describe('ResendDedup', () => {
  it('knows a resend on a new connection by DUP, packet id and bytes', () => {
    const dedup = new ResendDedup()
    expect(dedup.isRepeat(message, topicOf(message.topic))).toBe(false)
    expect(dedup.isRepeat({ ...message, dup: true, connection: connectionNumber(0, 2) }, topicOf(message.topic))).toBe(
      true
    )
  })

  it.each([
    ['another payload under the same packet id', { payload: Buffer.from('{"air_temperature":2}') }],
    ['another packet id', { packetId: 8 }],
    ['another client', { clientId: 'e' }],
    ['another topic', { topic: 'site/s/e/telemetry' }]
  ])('takes %s for a message of its own', (_, difference) => {
    const dedup = new ResendDedup()
    dedup.isRepeat(message, topicOf(message.topic))
    const other = { ...message, ...difference, dup: true }
    expect(dedup.isRepeat(other, topicOf(other.topic))).toBe(false)
  })

  it('takes the same bytes without DUP for a message of its own', () => {
    const dedup = new ResendDedup()
    dedup.isRepeat(message, topicOf(message.topic))
    expect(dedup.isRepeat(message, topicOf(message.topic))).toBe(false)
  })

  it('knows it after a restart of Sen too', () => {
    const dedup = new ResendDedup()
    dedup.isRepeat(message, topicOf(message.topic))
    const resend = { ...message, dup: true, connection: connectionNumber(9000, 1) }
    expect(dedup.isRepeat(resend, topicOf(message.topic))).toBe(true)
  })

  it.each([
    ['more than a minute later', { receivedAt: resendWindowMs + 1, connection: connectionNumber(0, 2) }],
    ['two connections later: a device that counts its packets anew', { connection: connectionNumber(0, 3) }]
  ])('takes DUP %s for a message of its own', (_, difference) => {
    const dedup = new ResendDedup()
    dedup.isRepeat(message, topicOf(message.topic))
    expect(dedup.isRepeat({ ...message, ...difference, dup: true }, topicOf(message.topic))).toBe(false)
  })

  it('takes DUP alone for no proof: the first may never have arrived', () => {
    expect(new ResendDedup().isRepeat({ ...message, dup: true }, topicOf(message.topic))).toBe(false)
  })
})
