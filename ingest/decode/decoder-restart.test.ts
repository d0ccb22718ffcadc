import { expect, it } from 'vitest'
import type { StoredRecord } from '../../journal/journal.ts'
import { registryAt, sent } from './decoder-log.fixture.ts'
import { MemorySeries, begin, decodeAll, decoders, logOf, message, soil, uplink } from './decoder.fixture.ts'
import { decodeReadingBatch, encodeReadingBatch } from '../../model/reading-batch-format.ts'

const decoderOf = decoders()
async function whole(log: readonly StoredRecord[]) {
  const series = new MemorySeries()
  return decodeAll(decoderOf({ series }), [log], series)
}
/** Decodes up to `position`, and the rest with a decoder that was shown what came after `dedupFrom`. */
async function interrupted(log: readonly StoredRecord[], position: number) {
  const series = new MemorySeries()
  const before = await decodeAll(decoderOf({ series }), [log.filter(r => r.position <= position)], series)
  const decoder = decoderOf({ series, totals: before.totals, changes: registryAt(log, position) })
  decoder.remember(log.filter(r => r.position > before.dedupFrom && r.position <= position))
  return decodeAll(decoder, [log.filter(r => r.position > position)], series)
}
const tick = (second: number) => ({ kind: 'tick', receivedAt: begin + second * 1000 }) as const

it('knows the oldest remembered frame again after a restart', async () => {
  const log = logOf([uplink({}), tick(300), uplink({}, { receivedAt: begin + 599_000 })])
  expect((await whole(log)).totals).toMatchObject({ stored: 1, duplicate: 1 })
  expect((await interrupted(log, 2)).totals).toMatchObject({ stored: 1, duplicate: 1 })
})

it('does not take a remembered join for the first MAC-only frame of its session', async () => {
  const info = { deviceInfo: { devEui: soil }, devAddr: '01a2b3c4' }
  const log = logOf([
    tick(0),
    message(`application/1/device/${soil}/event/join`, info),
    tick(1),
    uplink({ fCnt: 0, fPort: 0, data: '', rxInfo: [{ rssi: -90, snr: 1 }] }, { receivedAt: begin + 2000 })
  ])
  expect((await whole(log)).totals).toMatchObject({ event: 2, duplicate: 0 })
  expect((await interrupted(log, 3)).totals).toMatchObject({ event: 2, duplicate: 0 })
})

it('counts ten minutes from the last copy of a frame, restarted or not', async () => {
  const min = (m: number) => ({ receivedAt: begin + m * 60_000 })
  const log = logOf([
    uplink({ fCnt: 1 }, min(0)),
    uplink({ fCnt: 2 }, min(9)),
    uplink({ fCnt: 1 }, min(9.5)),
    uplink({ fCnt: 3 }, min(10.5)),
    uplink({ fCnt: 1 }, min(11))
  ])
  const all = await whole(log)
  expect((await interrupted(log, 4)).totals).toEqual(all.totals)
})

it('judges a late MQTT resend alike, restarted or not', async () => {
  const log = logOf([tick(0), sent(1, 5, false), tick(2), tick(20), tick(33), sent(40, 5, true)])
  const all = await whole(log)
  expect(all.totals).toMatchObject({ stored: 1, duplicate: 1 })
  expect((await interrupted(log, 5)).totals).toEqual(all.totals)
})

it('remembers messages from before the first tick', async () => {
  const log = logOf([sent(1, 5, false), tick(2), sent(3, 5, true)])
  expect((await interrupted(log, 2)).totals).toEqual((await whole(log)).totals)
})

it('remembers where there is no tick yet', async () => {
  const log = logOf([sent(1, 5, false), sent(3, 5, true)])
  expect((await interrupted(log, 1)).totals).toEqual((await whole(log)).totals)
})

it('remembers messages of unknown topics alike, restarted or not', async () => {
  const noise = Array.from({ length: 128 }, (_, i) =>
    message('khong/biet', '{}', { receivedAt: begin + 2000, packetId: 100 + i, qos: 1 })
  )
  const log = logOf([tick(0), sent(1, 5, false), ...noise, tick(3), sent(4, 5, true)])
  expect((await interrupted(log, log.length - 1)).totals).toEqual((await whole(log)).totals)
})

it('does not take a message for the resend of one a day ago', async () => {
  const log = logOf([sent(0, 1, false), tick(1), tick(86_400), sent(86_401, 1, true)])
  expect((await whole(log)).totals).toMatchObject({ stored: 2, duplicate: 0 })
})

it('marks link values outside the range of the catalogue', async () => {
  const { rows } = await whole(logOf([uplink({ rxInfo: [{ rssi: 500, snr: -400 }] })]))
  expect(rows.filter(({ series }) => /rssi|snr/.test(series)).map(({ quality }) => quality)).toEqual([2, 2])
})

it('reads a batch out of the middle of a buffer', async () => {
  const series = new MemorySeries()
  const decoder = decoderOf({ series })
  for await (const { readings } of decoder.decode(logOf([sent(0, 0, false)]))) {
    const bytes = encodeReadingBatch(readings)
    const shifted = Buffer.alloc(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(decodeReadingBatch(shifted.subarray(1)).length).toBe(1)
  }
})

it('sets a message of an unknown topic aside once, however often it is sent', async () => {
  const m = message('khong/biet', '{}', { packetId: 4, qos: 1 })
  expect((await whole(logOf([m, { ...m, dup: true }]))).totals).toMatchObject({ quarantined: 1, duplicate: 1 })
})

it('takes the object where a frame has no data', async () => {
  const { rows, totals } = await whole(logOf([uplink({ data: '', object: { water_SOIL: 5 } })]))
  expect(rows).toMatchObject([{ series: `root/${soil}/soil_moisture`, value: 5, quality: 0 }])
  expect(totals).toMatchObject({ stored: 1, quarantined: 0, decoded: 1 })
})

it('counts the repeat of a frame as a duplicate, though the first came before its device was registered', async () => {
  const devEui = '0011223344556677'
  const { totals } = await whole(
    logOf([
      uplink({ devEui }),
      {
        kind: 'control',
        receivedAt: begin,
        outboxId: 1,
        change: { kind: 'device', device: { id: devEui, name: 'x', site: 'ruong', profile: 'dragino-lse01' } }
      },
      uplink({ devEui })
    ])
  )
  expect(totals).toMatchObject({ stored: 0, duplicate: 1, quarantined: 1 })
})
