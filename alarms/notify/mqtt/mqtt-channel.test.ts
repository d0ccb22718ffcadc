import { expect, it } from 'vitest'
import { floodFacts } from '../../text/facts.fixture.ts'
import { never, testNotice, testTools } from '../channel.fixture.ts'
import type { ChannelTools } from '../channel.ts'
import { MqttChannel } from './mqtt-channel.ts'
import { mqttSettings } from './settings.ts'

const now = Date.UTC(2026, 10, 22, 7, 30)

function opened(publish: ChannelTools['publish'], settings: object = {}): MqttChannel {
  const tools = testTools({ publish, clock: { now: () => now, monotonic: () => 0 } })
  return new MqttChannel({ settings: mqttSettings.parse(settings), tools })
}

it('commands the siren, and ends it when it is over', async () => {
  const published: [string, Record<string, unknown>][] = []
  const channel = opened(async (topic, payload) => void published.push([topic, JSON.parse(payload)]))

  expect(await channel.send(testNotice(), never)).toEqual({ ok: true, reference: 'k-1f0c9a', detail: 'published' })
  await channel.send(testNotice({}, { facts: floodFacts({ about: 'cleared', isStillTrue: false }) }), never)
  await channel.send(testNotice({}, { facts: floodFacts({ about: 'test' }) }), never)

  expect(published[0]).toEqual([
    'site/cau-rong/coi-01/command',
    {
      ...{ id: 'k-1f0c9a', name: 'siren', expiresAt: '2026-11-22T07:32:00.000Z' },
      args: {
        ...{ on: true, test: false, severity: 'high', durationS: 60 },
        text: 'Cảnh báo kỹ thuật tăng mức: Báo động II, Trạm Nam Đàn',
        plainText: 'Canh bao ky thuat tang muc: Bao dong II, Tram Nam Dan'
      }
    }
  ])
  expect(published[1]?.[1]['args']).toMatchObject({ on: false })
  expect(published[2]?.[1]['args']).toMatchObject({ on: true, test: true, durationS: 3 })
})

it('is reached when the siren itself says so', () => {
  const replied = (body: string) => opened(undefined).reports({ query: {}, body, headers: {} })

  expect(replied('{"id":"k-1","status":"done"}')).toEqual([{ reference: 'k-1', state: 'reached', detail: 'done' }])
  expect(replied('{"id":"k-1","status":"failed","detail":"no\\r\\npower"}')).toEqual([
    { reference: 'k-1', state: 'failed', detail: 'failed no power' }
  ])
  for (const body of ['', 'null', '{"id":"k-1","status":"accepted"}', '{"status":"done"}'])
    expect(replied(body)).toEqual([])
})

it('publishes nowhere but where devices hear commands', async () => {
  const channel = opened(async () => expect.unreachable())

  for (const topic of ['site/a/b/telemetry', 'site/+/b/command', '#', '$SYS/x', 'site/a/b/command/reply', undefined]) {
    expect(await channel.send(testNotice({ topic }), never)).toMatchObject({ ok: false, refusal: 'recipient' })
  }
})

it('says when there is no broker, when it refuses, and when it takes too long', async () => {
  const refusing = opened(() => Promise.reject(new Error('closed')))
  const hanging = opened(() => new Promise(() => {}))

  expect(await opened(undefined).send(testNotice(), never)).toMatchObject({ refusal: 'channel' })
  expect(await refusing.send(testNotice(), never)).toMatchObject({ refusal: 'unavailable' })
  expect(await hanging.send(testNotice(), AbortSignal.timeout(20))).toMatchObject({ detail: 'no answer in time' })
})
