import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { metricCatalogue } from '../../model/metric.ts'
import { FarmMessage, loadMetricNames, loadMetrics, loadValue, maxPacketBytes } from './farm-message.ts'

/** Reads a PUBLISH at QoS 1 as MQTT 3.1.1 clause 3.3 lays it out. */
function parsed(bytes: Buffer) {
  const length = (bytes[1] ?? 0) < 128 ? (bytes[1] ?? 0) : ((bytes[1] ?? 0) & 0x7f) | ((bytes[2] ?? 0) << 7)
  const body = bytes.subarray((bytes[1] ?? 0) < 128 ? 2 : 3)
  expect(body.length).toBe(length)
  const topicEnd = 2 + body.readUInt16BE(0)
  return {
    type: (bytes[0] ?? 0) >> 4,
    dup: ((bytes[0] ?? 0) & 8) !== 0,
    qos: ((bytes[0] ?? 0) >> 1) & 3,
    retain: ((bytes[0] ?? 0) & 1) !== 0,
    topic: body.toString('utf8', 2, topicEnd),
    packetId: body.readUInt16BE(topicEnd),
    payload: body.toString('utf8', topicEnd + 2)
  }
}

function packetOf(d: number, n: number, ts: number, isResent = false): Buffer {
  const into = Buffer.alloc(maxPacketBytes)
  const message = new FarmMessage({ site: 'load-007', device: 'load-dev00042', d, seed: 5, qos: 1 })
  return into.subarray(0, message.write(into, 0, { n, ts, packetId: 4_711, isResent }))
}

describe('the farm message', () => {
  test('is an MQTT PUBLISH of 185 bytes', () => {
    const bytes = packetOf(42, 123, 1_795_399_094_400)
    expect(bytes.length).toBe(185)
    expect(parsed(bytes)).toMatchObject({
      type: 3,
      topic: 'site/load-007/load-dev00042/telemetry',
      qos: 1,
      dup: false,
      retain: false,
      packetId: 4_711
    })
  })

  test('carries ts, seq and the five values that can be recomputed, exactly', () => {
    const anyMessage = [
      fc.nat(9_999),
      fc.integer({ min: 1, max: 4_000_000_000 }),
      fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 })
    ] as const
    fc.assert(
      fc.property(...anyMessage, (d, n, ts) => {
        const { payload } = parsed(packetOf(d, n, ts))
        const expected = loadMetrics.map(({ name }, m) => [name, loadValue(5, d, n, m)])
        expect(JSON.parse(payload)).toEqual({ ts, seq: n, ...Object.fromEntries(expected) })
      }),
      { seed: 1 }
    )
  })

  test('says when it is sent again, and nothing else changes', () => {
    const first = packetOf(1, 2, 1_795_399_094_400)
    const again = packetOf(1, 2, 1_795_399_094_400, true)
    expect(parsed(again)).toMatchObject({ dup: true, packetId: 4_711 })
    expect(again.subarray(1)).toEqual(first.subarray(1))
  })

  test('stays within the plausible range of the catalogue', () => {
    for (let n = 1; n < 4_000; n++) {
      loadMetrics.forEach(({ name }, m) => {
        const metric = metricCatalogue.get(name)
        expect(loadValue(1, n % 100, n, m)).toBeGreaterThan(metric?.min ?? Infinity)
        expect(loadValue(1, n % 100, n, m)).toBeLessThan(metric?.max ?? -Infinity)
      })
    }
    expect(loadMetricNames).toHaveLength(6)
  })
})
