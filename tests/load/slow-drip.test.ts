import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestBroker } from '../../ingest/broker/broker.fixture.ts'
import { publish } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'

const messages = 4063

let test: TestBroker

beforeEach(async () => {
  test = new TestBroker()
  await test.start()
})

afterEach(async () => {
  await test.stop()
})

describe('a publisher whose packets come one by one while the journal stands still', () => {
  it.each([1, 2] as const)('is read no further than 64 messages at QoS %i, and then to its end', async qos => {
    test.journal.isHeld = true
    const slow = await Wire.open(test.port)
    await slow.login({ clientId: 'slow', username: 'd', password: 'secret' })
    for (let id = 1; id <= messages; id++) {
      slow.send(publish({ topic: 'site/s/d/telemetry', payload: `{"seq":${id}}`, qos, id }))
      await new Promise(setImmediate)
    }
    while (test.journal.messages.length < 64) await new Promise(setImmediate)
    // Another one is served meanwhile: whatever was to be read has been read.
    const other = await Wire.open(test.port)
    await other.login({ clientId: 'other', username: 'e', password: 'secret' })
    for (let i = 0; i < 20; i++) await other.settle()
    expect(test.journal.messages).toHaveLength(64)
    expect(slow.received).toEqual([])

    test.journal.release()
    // Of QoS 2 as many may be half open.
    const expected = qos === 1 ? messages : 64
    const answers = await slow.nextOf(qos === 1 ? 'puback' : 'pubrec', expected)
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: expected }, (_, i) => i + 1))
    expect(test.journal.messages).toHaveLength(expected)
    await other.leave()
  })
})
