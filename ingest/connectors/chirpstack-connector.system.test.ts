import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { MosquittoProcess } from '../../tests/mosquitto-process.ts'
import { WatchingProxy } from '../../tests/watching-proxy.ts'
import type { Intake } from '../intake.ts'
import {
  GroupIntake,
  HeldIntake,
  application,
  log,
  logged,
  numbers,
  onceConnected,
  patience,
  received,
  topic,
  uplink,
  uplinks
} from './broker-connector.fixture.ts'
import { BrokerConnector, type BrokerConnectorProps } from './broker-connector.ts'
import { chirpStackSource } from './broker-sources.ts'

/** Frames in the order in which each came first. */
function withoutResends(frames: readonly unknown[]): readonly unknown[] {
  return [...new Set(frames)]
}

describe.each([4, 5] as const)(
  'broker connector to ChirpStack over a real Mosquitto, MQTT protocol level %i',
  protocolVersion => {
    let broker: MosquittoProcess
    let proxy: WatchingProxy
    let proxyPort: number
    let running: BrokerConnector[]

    beforeEach(async () => {
      logged.length = 0
      running = []
      broker = await MosquittoProcess.create(['max_inflight_messages 0'])
      await broker.start()
      proxy = new WatchingProxy(broker.port)
      proxyPort = await proxy.start()
    })
    afterEach(async () => {
      await Promise.all(running.map(connector => connector.stop()))
      await proxy.stop()
      await broker.remove()
      expect(logged.join('\n')).not.toMatch(/mật khẩu|m%E1%BA%ADt/)
    })

    async function run(intake: Intake, props: Partial<BrokerConnectorProps> = {}): Promise<BrokerConnector> {
      const connector = new BrokerConnector({
        name: 'cs-main',
        url: broker.url(proxyPort),
        source: chirpStackSource,
        intake,
        clock: systemClock,
        log,
        protocolVersion,
        stopTimeoutMs: 50,
        ...props
      })
      running.push(connector)
      await connector.start()
      return connector
    }

    async function connected(intake: Intake, props: Partial<BrokerConnectorProps> = {}): Promise<BrokerConnector> {
      return onceConnected(await run(intake, props))
    }

    test('hands in a message as it came, with who brought it', async () => {
      const intake = new HeldIntake()
      const connector = await connected(intake)
      expect(connector.status()).toMatchObject({
        name: 'cs-main',
        broker: `mqtt://127.0.0.1:${proxyPort}`,
        received: 0
      })
      await broker.publish(topic, [uplink(4_711)])
      await broker.publish(topic.replace('/up', '/join'), ['{"devAddr":"01a2b3c4"}'])
      await broker.publish(`application/${application}/device/x/command/down`, ['{}'])
      await received(intake, 2)
      expect(intake.messages[0]).toEqual({
        door: 'chirpstack',
        credential: 'connector:cs-main',
        topic,
        payload: Buffer.from(uplink(4_711)),
        qos: 1,
        dup: false,
        retain: false,
        clientId: 'sen-cs-main',
        connection: 1,
        packetId: 1
      })
      expect(intake.messages[1]).toMatchObject({ topic: topic.replace('/up', '/join'), packetId: 2 })
      expect(connector.status()).toMatchObject({ received: 2, inFlight: 2, notKeptWhileDown: false })
    })

    test('acknowledges each message once it is durable, in order, and none before', async () => {
      const intake = new HeldIntake()
      await connected(intake)
      await broker.publish(topic, uplinks(1, 10))
      await received(intake, 10)
      expect(proxy.acknowledged[0]).toEqual([])

      const packetIds = intake.messages.map(message => message.packetId)
      intake.answer(4)
      await vi.waitFor(() => {
        expect(proxy.acknowledged[0]).toEqual(packetIds.slice(0, 4))
      }, patience)
      intake.answer(6)
      await vi.waitFor(() => {
        expect(proxy.acknowledged[0]).toEqual(packetIds)
      }, patience)
    })

    test('keeps the order of acknowledgements when messages become durable in another', async () => {
      const intake = new HeldIntake()
      await connected(intake)
      await broker.publish(topic, uplinks(1, 3))
      await received(intake, 3)
      const packetIds = intake.messages.map(message => message.packetId)
      for (const done of intake.waiting.toReversed()) done()
      await vi.waitFor(() => {
        expect(proxy.acknowledged[0]).toEqual(packetIds)
      }, patience)
    })

    test('gets again what was not durable when it stopped, and only that', async () => {
      const first = new HeldIntake()
      const connector = await connected(first)
      await broker.publish(topic, uplinks(1, 5))
      await received(first, 5)
      first.answer(2)
      await connector.stop()
      expect(connector.status()).toMatchObject({ state: 'stopped' })
      await broker.publish(topic, uplinks(6, 2))

      const second = new HeldIntake()
      await connected(second)
      await received(second, 5)
      expect(second.frames).toEqual([3, 4, 5, 6, 7])
      expect(second.messages.map(message => message.dup)).toEqual([true, true, true, false, false])
    })

    test('waits for messages under way when it stops, and acknowledges them', async () => {
      const first = new GroupIntake(200)
      const connector = await connected(first, { stopTimeoutMs: 10_000 })
      await broker.publish(topic, uplinks(1, 5))
      await received(first, 5)
      await Promise.all([connector.stop(), connector.stop()])
      expect(proxy.acknowledged[0]).toHaveLength(5)

      const second = new HeldIntake()
      await connected(second)
      await broker.publish(topic, [uplink(6)])
      await received(second, 1)
      expect(second.frames).toEqual([6])
    })

    test('never acknowledges on a new connection what came on a broken one', async () => {
      const intake = new HeldIntake()
      const connector = await connected(intake)
      await broker.publish(topic, uplinks(1, 5))
      await received(intake, 5)
      proxy.cut()
      await received(intake, 10)
      expect(intake.frames).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
      expect(intake.messages.map(message => message.connection)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
      expect(intake.messages.slice(5).every(message => message.dup)).toBe(true)

      intake.answer(5)
      intake.answer(1)
      await vi.waitFor(() => {
        expect(proxy.acknowledged).toEqual([[], [intake.messages[5]?.packetId]])
      }, patience)
      expect(connector.status()).toMatchObject({ received: 10, inFlight: 4, lostSessions: 0 })
    })

    test('has at most 64 messages in memory, lost connections included, and loses none', async () => {
      const intake = new HeldIntake()
      const connector = await connected(intake)
      await broker.publish(topic, uplinks(1, 300))
      await received(intake, 64)
      expect(connector.status().inFlight).toBe(64)
      // While nothing is read this is noticed only once something is written.
      proxy.cut()
      while (new Set(intake.frames).size < 300 || intake.waiting.length > 0) {
        intake.answer(10)
        await new Promise(resolve => setImmediate(resolve))
      }
      expect(intake.mostWaiting).toBe(64)
      expect(proxy.acknowledged).toHaveLength(2)
      expect(withoutResends(intake.frames)).toEqual(numbers(1, 300))
    })

    test('takes 2,000 messages in order while each sync takes 5 ms', async () => {
      const intake = new GroupIntake(5)
      const connector = await connected(intake)
      await broker.publish(topic, uplinks(1, 2_000))
      await received(intake, 2_000)
      await vi.waitFor(() => {
        expect(proxy.acknowledged[0]).toHaveLength(2_000)
      }, patience)
      expect(intake.frames).toEqual(numbers(1, 2_000))
      expect(intake.mostWaiting).toBeLessThanOrEqual(64)
      expect(connector.status()).toMatchObject({ received: 2_000, inFlight: 0 })
    })

    test('ends the connection when a message cannot be kept, and gets it again', async () => {
      const intake = new HeldIntake()
      const connector = await connected(intake)
      await broker.publish(topic, uplinks(1, 3))
      await received(intake, 3)
      intake.answer(1)
      intake.answer(1, new Error('disk full'))
      intake.answer(1)
      expect(connector.status().inFlight).toBe(0)
      await received(intake, 5)
      expect(connector.status().lastError).toMatch(/a message could not be kept: disk full/)
      expect(intake.frames).toEqual([1, 2, 3, 2, 3])
      expect(proxy.acknowledged[0]).toHaveLength(1)
    })

    test('refuses a message beyond 256 KiB, counts it, and is not sent it again', async () => {
      const intake = new HeldIntake()
      const connector = await connected(intake)
      await broker.publish(topic, [uplink(1)])
      await broker.publishWhole(topic, 'x'.repeat(256 * 1024 + 1))
      await broker.publishWhole(topic, `{"fCnt":2,"pad":"${'x'.repeat(256 * 1024 - 19)}"}`)
      await received(intake, 2)
      expect(intake.frames).toEqual([1, 2])
      expect(intake.messages[1]?.payload).toHaveLength(256 * 1024)
      expect(connector.status()).toMatchObject({ received: 2, refused: 1 })
      expect(proxy.acknowledged[0]).toEqual([])
      intake.answer(1)
      await vi.waitFor(() => {
        expect(proxy.acknowledged[0]).toHaveLength(2)
      }, patience)
    })

    test('marks a source that publishes at QoS 0, until it publishes at QoS 1', async () => {
      const intake = new HeldIntake()
      const connector = await connected(intake)
      await broker.publish(topic, [uplink(1)], 0)
      await received(intake, 1)
      expect(intake.messages[0]).toMatchObject({ qos: 0, packetId: 0 })
      expect(connector.status()).toMatchObject({
        notKeptWhileDown: true,
        warning: expect.stringContaining('qos=1'),
        receivedQos0: 1,
        inFlight: 1
      })
      intake.answer(1)
      expect(connector.status().inFlight).toBe(0)
      await broker.publish(topic, [uplink(2)])
      await received(intake, 2)
      expect(connector.status()).toMatchObject({ notKeptWhileDown: false, warning: undefined, receivedQos0: 1 })
      expect(proxy.acknowledged[0]).toEqual([])
    })

    test('connects again when the broker was restarted', async () => {
      const intake = new GroupIntake(0)
      const connector = await connected(intake, { url: broker.url() })
      await broker.publish(topic, [uplink(1)])
      await received(intake, 1)
      await broker.stop()
      await vi.waitFor(() => {
        expect(connector.status().state).toBe('failed')
      }, patience)
      expect(connector.status().lastError).toMatch(/^connect cs-main mqtt:\/\/127\.0\.0\.1:\d+: /)

      await broker.start()
      await broker.publish(topic, [uplink(2)])
      await received(intake, 2)
      expect(intake.frames).toEqual([1, 2])
      await vi.waitFor(() => {
        expect(connector.status()).toMatchObject({ state: 'connected', lostSessions: 0 })
      }, patience)
    })

    test('says so when the broker had forgotten the session', async () => {
      const forgetful = await MosquittoProcess.create(['persistence false'])
      await forgetful.start()
      try {
        const connector = await connected(new GroupIntake(0), { url: forgetful.url() })
        await forgetful.stop()
        await forgetful.start()
        await vi.waitFor(() => {
          expect(connector.status()).toMatchObject({ state: 'connected', lostSessions: 1 })
        }, patience)
      } finally {
        await forgetful.remove()
      }
    })

    test.each([
      [
        'wrong credentials',
        () => `mqtt://chirpstack:geheim@127.0.0.1:${broker.port}`,
        /refused the user name or password/
      ],
      ['a broker that is not there', () => 'mqtt://chirpstack:geheim@127.0.0.1:1', /ECONNREFUSED/],
      ['an address that cannot be read', () => 'http://chirpstack:geheim@127.0.0.1', /http:\/\/ is not known/]
    ])('names %s without the password, and stops', async (_, url, reason) => {
      const connector = await run(new HeldIntake(), { url: url() })
      await vi.waitFor(() => {
        expect(connector.status()).toMatchObject({ state: 'failed', lastError: expect.stringMatching(reason) })
      }, patience)
      await connector.stop()
      expect(connector.status().state).toBe('stopped')
      expect(`${logged.join('\n')}${JSON.stringify(connector.status())}`).not.toContain('geheim')
    })

    test('stops at once while it is connecting, and can be started again', async () => {
      const intake = new GroupIntake(0)
      const connector = await run(intake)
      await connector.stop()
      expect(connector.status().state).toBe('stopped')
      await connector.start()
      await vi.waitFor(() => {
        expect(connector.status().state).toBe('connected')
      }, patience)
    })
  }
)
