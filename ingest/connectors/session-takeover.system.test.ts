import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { MosquittoProcess } from '../../tests/mosquitto-process.ts'
import {
  GroupIntake,
  log,
  logged,
  numbers,
  onceConnected,
  patience,
  topic,
  uplink
} from './broker-connector.fixture.ts'
import { BrokerConnector } from './broker-connector.ts'
import { chirpStackSource } from './broker-sources.ts'

describe.each([4, 5] as const)('a connection whose client id another client takes, MQTT protocol level %i', level => {
  let broker: MosquittoProcess
  let running: BrokerConnector[]

  beforeEach(async () => {
    logged.length = 0
    running = []
    broker = await MosquittoProcess.create([], 'anyone')
    await broker.start()
  })
  afterEach(async () => {
    await Promise.all(running.map(connector => connector.stop()))
    await broker.remove()
  })

  async function connected(name: string, intake: GroupIntake): Promise<BrokerConnector> {
    const connector = new BrokerConnector({
      ...{ name, url: broker.url(), source: chirpStackSource, intake, clock: systemClock, log },
      protocolVersion: level
    })
    running.push(connector)
    await connector.start()
    return onceConnected(connector)
  }

  /** As a second Sen would that was copied from the first; it goes again at once. */
  async function takeOver(): Promise<void> {
    const options = { clientId: 'sen-mat', clean: false, reconnectPeriod: 0, protocolVersion: level }
    const forAnHour = { properties: { sessionExpiryInterval: 3600 } }
    const rival = await connectAsync(broker.url(), { ...options, ...(level === 5 && forAnHour) })
    await rival.endAsync()
  }

  /** How long it waited each time before it tried again, ms. */
  function waits(): readonly number[] {
    const lines = logged.filter(line => /^Connector failed .*"connector":"mat"/.test(line))
    return lines.map(line => Number(/"retryInMs":(\d+)/.exec(line)?.[1]))
  }

  test('waits longer each time, says why, and others notice nothing', { timeout: 60_000 }, async () => {
    const [mine, other] = [new GroupIntake(0), new GroupIntake(0)]
    const connector = await connected('mat', mine)
    const beside = await connected('khac', other)
    const { since } = beside.status()
    for (let i = 0; i < 3; i++) {
      await onceConnected(connector)
      // What the broker kept for it has come, and is acknowledged: else the other client would be sent it.
      await vi.waitFor(() => {
        expect([mine.frames, connector.status().inFlight]).toEqual([numbers(0, i), 0])
      }, patience)
      await takeOver()
      await vi.waitFor(() => {
        expect(waits()).toHaveLength(i + 1)
      }, patience)
      await broker.publish(topic, [uplink(i)])
    }
    const [first = 0, second = 0, third = 0] = waits()
    expect(first).toBeGreaterThanOrEqual(1000)
    expect(first).toBeLessThanOrEqual(2000)
    expect(second).toBeGreaterThanOrEqual(2000)
    expect(third).toBeGreaterThanOrEqual(4000)
    expect(connector.status()).toMatchObject({
      state: 'failed',
      lastError: expect.stringMatching(/another client .* with the same client id/)
    })
    await vi.waitFor(() => {
      expect(other.frames).toEqual(numbers(0, 3))
    }, patience)
    expect(beside.status()).toMatchObject({ state: 'connected', since, lastError: undefined })
  })
})
