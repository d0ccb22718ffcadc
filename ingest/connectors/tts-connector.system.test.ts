import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { MosquittoProcess } from '../../tests/mosquitto-process.ts'
import { tlsListener } from '../../tests/mosquitto-tls.ts'
import { WatchingProxy } from '../../tests/watching-proxy.ts'
import type { Intake } from '../intake.ts'
import {
  HeldIntake,
  log,
  numbers,
  onceConnected,
  patience,
  received,
  uplink,
  uplinks
} from './broker-connector.fixture.ts'
import { BrokerConnector } from './broker-connector.ts'
import { ttsSource } from './broker-sources.ts'

describe('broker connector to The Things Stack, whose MQTT server keeps nothing', () => {
  const ttsTopic = 'v3/nong-nghiep@ttn/devices/dat-lua-01/up'
  let broker: MosquittoProcess
  let proxy: WatchingProxy
  let url: string
  let running: BrokerConnector[]

  beforeEach(async () => {
    running = []
    broker = await MosquittoProcess.create([], { username: 'nong-nghiep@ttn', password: 'NNSXS.KEY' })
    await broker.start()
    proxy = new WatchingProxy(broker.port)
    url = broker.url(await proxy.start())
  })
  afterEach(async () => {
    await Promise.all(running.map(connector => connector.stop()))
    await proxy.stop()
    await broker.remove()
  })

  async function connected(intake: Intake): Promise<BrokerConnector> {
    const connector = new BrokerConnector({
      name: 'ttn',
      url,
      source: ttsSource,
      intake,
      clock: systemClock,
      log,
      stopTimeoutMs: 50
    })
    running.push(connector)
    await connector.start()
    return onceConnected(connector)
  }

  test('says so before the first message, and takes what comes at QoS 0, whatever it was published at', async () => {
    const intake = new HeldIntake()
    const connector = await connected(intake)
    expect(connector.status()).toMatchObject({
      type: 'tts',
      notKeptWhileDown: true,
      warning: expect.stringContaining('webhook')
    })
    await broker.publish(ttsTopic, [uplink(1)], 1)
    await received(intake, 1)
    expect(intake.messages[0]).toMatchObject({
      door: 'tts',
      credential: 'connector:ttn',
      topic: ttsTopic,
      payload: Buffer.from(uplink(1)),
      qos: 0,
      packetId: 0
    })
    expect(connector.status()).toMatchObject({ received: 1, receivedQos0: 1, notKeptWhileDown: true })
  })

  test('is sent every event of every device, and nothing that is for The Things Stack itself', async () => {
    const intake = new HeldIntake()
    await connected(intake)
    const events = ['join', 'down/queued', 'down/ack', 'location/solved', 'service/data', 'up']
    for (const event of ['up/normalized', ...events]) await broker.publish(ttsTopic.replace(/up$/, event), ['{}'], 0)
    await received(intake, events.length)
    expect(intake.messages.map(message => message.topic.split('/').slice(4).join('/'))).toEqual(events)
  })

  test('gets nothing of the time when it was away, and counts each such time', async () => {
    const intake = new HeldIntake()
    const connector = await connected(intake)
    const before = connector.status().since
    await broker.publish(ttsTopic, [uplink(1)])
    await received(intake, 1)
    await broker.stop()
    await vi.waitFor(() => {
      expect(connector.status().state).toBe('failed')
    }, patience)
    await broker.start()
    await broker.publish(ttsTopic, [uplink(2)])
    await vi.waitFor(() => {
      expect(connector.status()).toMatchObject({ state: 'connected', lostSessions: 1 })
    }, patience)
    expect(connector.status().since).toBeGreaterThan(before)
    await broker.publish(ttsTopic, [uplink(3)])
    await received(intake, 2)
    expect(intake.frames).toEqual([1, 3])
  })

  test('counts a message that could not be kept, and stays connected for the next', async () => {
    const intake = new HeldIntake()
    const connector = await connected(intake)
    await broker.publish(ttsTopic, uplinks(1, 3))
    await received(intake, 3)
    intake.answer(1, new Error('disk full'))
    intake.answer(2)
    await broker.publish(ttsTopic, [uplink(4)])
    await received(intake, 4)
    expect(connector.status()).toMatchObject({
      state: 'connected',
      lost: 1,
      inFlight: 1,
      lastError: expect.stringContaining('disk full')
    })
  })

  test('has at most 64 messages in memory, and reads on when they are kept', async () => {
    const intake = new HeldIntake()
    await connected(intake)
    await broker.publish(ttsTopic, uplinks(1, 300), 0)
    await received(intake, 64)
    while (intake.messages.length < 300) {
      intake.answer(10)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(intake.mostWaiting).toBe(64)
    expect(intake.frames).toEqual(numbers(1, 300))
  })

  test('does not trust a certificate that nobody vouches for', async () => {
    const tls = await tlsListener()
    const guarded = await MosquittoProcess.create(tls.settings)
    try {
      await guarded.start()
      const connector = new BrokerConnector({
        name: 'ttn',
        url: guarded.url(tls.port, 'mqtts'),
        source: ttsSource,
        intake: new HeldIntake(),
        clock: systemClock,
        log
      })
      running.push(connector)
      await connector.start()
      await vi.waitFor(() => {
        expect(connector.status()).toMatchObject({
          state: 'failed',
          lastError: expect.stringMatching(/signed by itself/)
        })
      }, patience)
    } finally {
      await guarded.remove()
      await tls.remove()
    }
  })
})
