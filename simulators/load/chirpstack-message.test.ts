import { expect, test } from 'vitest'
import { readLse01 } from '../province/payload/payload-reading.fixture.ts'
import { ChirpStackMessage, chirpStackProvisioning, loadDevEui } from './chirpstack-message.ts'

/** The topic and the event of one PUBLISH at QoS 1. */
function published(d: number, n: number, ts: number) {
  const message = new ChirpStackMessage({ d, seed: 3, qos: 1 })
  const into = Buffer.alloc(message.maxBytes + 10)
  const packet = into.subarray(10, message.write(into, 10, { n, ts, packetId: 4_711, isResent: false }))
  const topicEnd = 5 + packet.readUInt16BE(3)
  const length = ((packet[1] ?? 0) & 0x7f) | ((packet[2] ?? 0) << 7)
  const event: unknown = JSON.parse(packet.toString('utf8', topicEnd + 2))
  return {
    packet,
    length: length + 3,
    topic: packet.toString('utf8', 5, topicEnd),
    packetId: packet.readUInt16BE(topicEnd),
    size: packet.length - topicEnd - 2,
    event: event as Readonly<Record<string, unknown>> & { readonly data: string; readonly rxInfo: readonly unknown[] }
  }
}

const at = Date.UTC(2026, 10, 23)

test('is a PUBLISH of a ChirpStack v4 event of 1,270 bytes', () => {
  const { packet, length, topic, packetId, size, event } = published(42, 123, at)

  expect(packet[0]).toBe(0x32)
  expect(length).toBe(packet.length)
  expect(size).toBe(1_270)
  expect(packetId).toBe(4_711)
  expect(topic).toMatch(new RegExp(`^application/[0-9a-f-]{36}/device/${loadDevEui(42)}/event/up$`))
  expect(event).toMatchObject({ fCnt: 123, fPort: 2, time: '2026-11-23T00:00:00.000+00:00' })
  expect(event.rxInfo).toHaveLength(2)
})

test('carries what a Dragino LSE01 sends', () => {
  const values = readLse01(Buffer.from(published(42, 123, at).event.data, 'base64'))

  expect(values.soilMoisture).toBeGreaterThanOrEqual(18)
  expect(values.soilMoisture).toBeLessThanOrEqual(42)
  expect(values.conductivity).toBe(223)
})

test('has devices that the registry knows', () => {
  const { devices, sites } = chirpStackProvisioning('load', 3)

  expect(devices.map(({ id }) => id)).toEqual([0, 1, 2].map(loadDevEui))
  expect(devices.every(({ site, profile }) => site === sites[0]?.id && profile === 'dragino-lse01')).toBe(true)
})
