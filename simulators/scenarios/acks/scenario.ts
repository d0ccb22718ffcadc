import { rootOrganisation } from '../../../model/registry.ts'
import type { Device, Gateway, Site } from '../../../model/registry.ts'
import { encodeLse01, lse01Port } from '../../province/payload/dragino-lse01.ts'
import { hexBytes, uuid } from '../../seeded-random.ts'
import { chirpStackEvent, marshaledEvent } from '../chirpstack-event.ts'
import { uplink } from '../chirpstack-up.ts'
import type { Scenario, ScenarioMoment, ScenarioStep } from '../scenario.ts'
import { ttsDownlink, ttsUplink } from '../tts-event.ts'
import type { TtsDownlinkState } from '../tts-event.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
/** Frames come, and the valve is told to turn, so often. */
const intervalMs = 20 * minuteMs

const site: Site = {
  id: 'tram-tuoi-do-luong',
  name: 'Trạm tưới Đô Lương',
  organisation: rootOrganisation,
  position: { latitude: 18.90236, longitude: 105.30441 }
}

const gateway: Gateway = {
  id: '24e124fffef79207',
  name: 'Cổng trạm tưới Đô Lương',
  owner: rootOrganisation,
  sharedWith: [],
  position: { latitude: 18.90311, longitude: 105.30502 },
  simulated: true
}

function device(id: string, name: string, profile: string): Device {
  return { id, name, site: site.id, profile, simulated: true }
}

/** A valve that answers sometimes, one that no downlink reaches, a soil probe of The Things Stack, and one heard by its ACK alone. */
export const devices = {
  valve: device('24e124fe4637d001', 'Van tưới kênh chính', 'milesight-uc511'),
  deaf: device('24e124fe4637d002', 'Van tưới cuối kênh', 'milesight-uc511'),
  probe: device('a84041ffff2c2d11', 'Ẩm đất ruộng mẫu', 'dragino-lse01'),
  answering: device('a84041ffff2c2d12', 'Ẩm đất ruộng sau', 'dragino-lse01')
} as const

/** What becomes of each order to the valve: acknowledged, or not and then given again. */
export const orders: readonly ('acked' | 'nacked')[] = ['acked', 'nacked', 'acked', 'acked', 'nacked', 'acked']

/** Events of a downlink of The Things Stack, downlink by downlink. */
export const ttsDownlinks: readonly (readonly TtsDownlinkState[])[] = [
  ['queued', 'sent', 'ack'],
  ['queued', 'sent', 'nack'],
  ['queued', 'failed'],
  ['queued', 'sent', 'ack']
]

/** When the devices send, ms since the epoch: once an order. */
export function momentsOf(from: number): readonly number[] {
  return orders.map((_, n) => from + n * intervalMs)
}

/** Whether the valve is open when it sends its `n`-th frame: each acknowledged order turned it. */
export function isOpenAt(n: number): boolean {
  return orders.slice(0, n).filter(outcome => outcome === 'acked').length % 2 === 1
}

/** @returns `01 75` battery in %, `03 01` valve 1. Source: Milesight, UC511/UC512 User Guide, device payload. */
function valveBytes(isOpen: boolean): Uint8Array {
  return Uint8Array.from([0x01, 0x75, 91, 0x03, 0x01, isOpen ? 1 : 0])
}

/** Soil moisture that the probe sends with its `n`-th frame, %. */
export function moistureAt(n: number): number {
  return 28 + n / 2
}

/**
 * An order: the gateway takes it, the device acknowledges or does not. Every second one is told in protobuf, where
 * `acknowledged: false` is left out.
 */
function* order(
  valve: Device,
  { seed, at, n, outcome }: { seed: number; at: number; n: number; outcome: 'acked' | 'nacked' }
): Generator<ScenarioStep> {
  const marshaler = n % 2 === 0 ? 'json' : 'protobuf'
  const item = { queueItemId: uuid(seed, valve.id, 'order', n), fCntDown: n }
  const taken = at + secondMs
  yield marshaledEvent(valve, 'txack', { at: taken, marshaler, ...item, gatewayId: gateway.id })
  yield marshaledEvent(valve, 'ack', { at: taken + secondMs, marshaler, ...item, acknowledged: outcome === 'acked' })
}

function* stepsAt(n: number, { seed, from }: ScenarioMoment): Generator<ScenarioStep> {
  const at = from + n * intervalMs
  const { valve, deaf, probe, answering } = devices
  const gateways = [{ id: gateway.id, position: gateway.position ?? { latitude: 0, longitude: 0 } }]
  const frame = uplink({ device: valve, seed, at, fCnt: n, fPort: 85, payload: valveBytes(isOpenAt(n)), gateways })
  yield frame
  if (n === 2) {
    // It did not hear that it was heard. The network server lets it through, for its counters are not checked, and tells.
    yield frame
    const code = 'UPLINK_F_CNT_RETRANSMISSION'
    yield chirpStackEvent(valve, 'log', at, { level: 'WARNING', code, description: 'frame-counter did not increment' })
  }
  const soil = { probeCelsius: 26, soilMoisture: moistureAt(n), soilCelsius: 25, conductivity: 300 }
  const stack = (one: Device) => ({ id: one.id, endDevice: one.id, address: hexBytes(4, seed, one.id, 'address') })
  const payload = encodeLse01({ batteryMv: 3600, ...soil })
  yield ttsUplink(stack(probe), { at, fCnt: n, fPort: lse01Port, payload })
  yield* order(valve, { seed, at, n, outcome: orders[n] ?? 'acked' })
  yield* order(deaf, { seed, at: at + 2 * secondMs, n, outcome: 'nacked' })
  const item = `sen:cmd:${uuid(seed, 'tts', n)}`
  for (const [i, state] of (ttsDownlinks[n] ?? []).entries())
    yield ttsDownlink(stack(probe), state, { at: at + (5 + i) * secondMs, item, fCnt: n })
  if (n === 0) yield ttsDownlink(stack(answering), 'ack', { at: at + 10 * secondMs, item: `${item}-b`, fCnt: 0 })
}

function* steps(moment: ScenarioMoment): Generator<ScenarioStep> {
  for (let n = 0; n < orders.length; n++) yield* stepsAt(n, moment)
}

/** Confirmed downlinks by ChirpStack and The Things Stack: taken, acknowledged, refused, failed; and a frame that comes twice. */
export const acks: Scenario = {
  name: 'acks',
  title: { vi: 'Lệnh xuống thiết bị', en: 'Downlinks and their answers' },
  happens: {
    vi: 'Van tưới nhận sáu lệnh cần xác nhận: có lệnh được xác nhận, có lệnh không. Một van khác không bao giờ trả lời. Một bản tin được gửi lại. Bên The Things Stack lệnh được xếp hàng, gửi, xác nhận, từ chối, thất bại.',
    en: 'A valve gets six confirmed orders: some are acknowledged, some not. Another valve never answers. One frame is sent again. At The Things Stack downlinks are queued, sent, acknowledged, refused, failed.'
  },
  shows: {
    vi: 'Trạng thái van đúng từng bản tin, bản tin gửi lại tính là trùng. Chỉ lời xác nhận của thiết bị chứng tỏ nó còn sống: van không trả lời vẫn là “chưa nghe thấy”, dù trạm thu đã phát lệnh.',
    en: 'The state of the valve, frame by frame; the one that came again is a duplicate. Only what a device acknowledges is a sign of life: the valve that never answers stays “never heard”, though a gateway sent to it.'
  },
  lastsMs: orders.length * intervalMs,
  provisioning: () => ({
    organisations: [],
    sites: [site],
    devices: Object.values(devices),
    gateways: [gateway]
  }),
  steps
}
