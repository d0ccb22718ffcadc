import type { Published } from './scenario.ts'

/** A device as The Things Stack knows it. */
export interface TtsDevice {
  /** DevEUI, lower-case hexadecimal. */
  readonly id: string
  /** What the stack calls it. */
  readonly endDevice: string
  readonly address: string
}

/** States of a downlink that the stack tells of; `failed` names the device by its own word alone. */
export type TtsDownlinkState = 'queued' | 'sent' | 'ack' | 'nack' | 'failed'

const application = 'nong-nghiep'

function event(device: TtsDevice, name: string, at: number, body: object, hasEui = true): Published {
  const end_device_ids = {
    device_id: device.endDevice,
    application_ids: { application_id: application },
    ...(hasEui && { dev_eui: device.id.toUpperCase(), dev_addr: device.address.toUpperCase() })
  }
  const topic = `v3/${application}@ttn/devices/${device.endDevice}/${name}`
  const payload = JSON.stringify({ end_device_ids, received_at: new Date(at).toISOString(), ...body })
  return { kind: 'publish', at, line: 'tts', topic, payload }
}

/** @returns a frame as The Things Stack v3 publishes it. Source: lorawan-stack, ApplicationUp. */
export function ttsUplink(
  device: TtsDevice,
  { at, fCnt, fPort, payload }: { at: number; fCnt: number; fPort: number; payload: Uint8Array }
): Published {
  const time = new Date(at).toISOString()
  const eui = '24E124FFFEF79204'
  const uplink_message = {
    f_port: fPort,
    f_cnt: fCnt,
    frm_payload: Buffer.from(payload).toString('base64'),
    rx_metadata: [{ gateway_ids: { gateway_id: 'cong-htx', eui }, rssi: -97, snr: 6.5 }],
    settings: { data_rate: { lora: { bandwidth: 125_000, spreading_factor: 9 } }, frequency: '921400000', time },
    received_at: time
  }
  return event(device, 'up', at, { uplink_message })
}

/** @returns what became of a downlink. @param item - the correlation id that Sen gave it. */
export function ttsDownlink(
  device: TtsDevice,
  state: TtsDownlinkState,
  { at, item, fCnt }: { readonly at: number; readonly item: string; readonly fCnt: number }
): Published {
  const correlation_ids = [item]
  const message = { f_port: 2, frm_payload: 'AQAD6A==', confirmed: true, priority: 'NORMAL', correlation_ids }
  if (state !== 'failed') {
    return event(device, `down/${state}`, at, { correlation_ids, [`downlink_${state}`]: { ...message, f_cnt: fCnt } })
  }
  const error = {
    namespace: 'pkg/networkserver',
    name: 'application_downlink_too_long',
    message_format: 'application downlink payload is too long'
  }
  return event(device, 'down/failed', at, { correlation_ids, downlink_failed: { downlink: message, error } }, false)
}
