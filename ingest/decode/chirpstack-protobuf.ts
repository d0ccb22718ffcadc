import type { MessageShape } from './protobuf-message.ts'

/*
 * ChirpStack v4's messages, reduced to what Sen reads.
 * Source: chirpstack/chirpstack api/proto integration/integration.proto, gw/gw.proto and common/common.proto,
 * commit d77207cd362d6b18d35712750c41d6a8a1efbad5 (v4.20.0-test.1), MIT licence, © Orne Brocaar.
 */
const deviceInfo = { message: { 8: ['devEui', 'text'] } } as const
const location = {
  message: {
    1: ['latitude', 'double'],
    2: ['longitude', 'double'],
    3: ['altitude', 'double'],
    5: ['accuracy', 'float']
  }
} as const
const lora = { message: { 1: ['bandwidth', 'uint32'], 2: ['spreadingFactor', 'uint32'] } } as const
const modulation = { message: { 3: ['lora', lora] } } as const
const rxInfo: MessageShape = {
  1: ['gatewayId', 'text'],
  3: ['gwTime', 'time'],
  6: ['rssi', 'int32'],
  7: ['snr', 'float'],
  17: ['nsTime', 'time']
}
const logCodes = [
  ...['UNKNOWN', 'DOWNLINK_PAYLOAD_SIZE', 'UPLINK_CODEC', 'DOWNLINK_CODEC', 'OTAA', 'UPLINK_F_CNT_RESET'],
  ...['UPLINK_MIC', 'UPLINK_F_CNT_RETRANSMISSION', 'DOWNLINK_GATEWAY', 'RELAY_NEW_END_DEVICE', 'F_CNT_DOWN', 'EXPIRED']
]

/** Messages of `application/…/event/{event}`, by event. */
export const deviceMessages: ReadonlyMap<string, MessageShape> = new Map<string, MessageShape>([
  [
    'up',
    {
      2: ['time', 'time'],
      3: ['deviceInfo', deviceInfo],
      4: ['devAddr', 'text'],
      7: ['fCnt', 'uint32'],
      8: ['fPort', 'uint32'],
      10: ['data', 'bytes'],
      11: ['object', 'struct'],
      12: ['rxInfo', { message: rxInfo, isRepeated: true }],
      13: ['txInfo', { message: { 2: ['modulation', modulation] } }]
    }
  ],
  ['join', { 2: ['time', 'time'], 3: ['deviceInfo', deviceInfo], 4: ['devAddr', 'text'] }],
  [
    'ack',
    {
      2: ['time', 'time'],
      3: ['deviceInfo', deviceInfo],
      4: ['queueItemId', 'text'],
      5: ['acknowledged', 'bool'],
      6: ['fCntDown', 'uint32']
    }
  ],
  [
    'txack',
    {
      2: ['time', 'time'],
      3: ['deviceInfo', deviceInfo],
      4: ['queueItemId', 'text'],
      5: ['fCntDown', 'uint32'],
      6: ['gatewayId', 'text']
    }
  ],
  [
    'log',
    {
      1: ['time', 'time'],
      2: ['deviceInfo', deviceInfo],
      3: ['level', { names: ['INFO', 'WARNING', 'ERROR'] }],
      4: ['code', { names: logCodes }],
      5: ['description', 'text'],
      6: ['context', 'text-map']
    }
  ],
  [
    'status',
    {
      2: ['time', 'time'],
      3: ['deviceInfo', deviceInfo],
      5: ['margin', 'int32'],
      6: ['externalPowerSource', 'bool'],
      7: ['batteryLevelUnavailable', 'bool'],
      8: ['batteryLevel', 'float']
    }
  ],
  ['location', { 2: ['time', 'time'], 3: ['deviceInfo', deviceInfo], 4: ['location', location] }],
  // Of v4 before LoRa Cloud ended.
  ['integration', { 2: ['time', 'time'], 3: ['deviceInfo', deviceInfo], 4: ['integrationName', 'text'] }]
])

/** Messages of `gateway/…`, by event. */
export const gatewayMessages: ReadonlyMap<string, MessageShape> = new Map<string, MessageShape>([
  [
    'stats',
    {
      2: ['time', 'time'],
      5: ['rxPacketsReceived', 'uint32'],
      6: ['rxPacketsReceivedOk', 'uint32'],
      8: ['txPacketsEmitted', 'uint32'],
      10: ['metadata', 'text-map'],
      17: ['gatewayId', 'text']
    }
  ],
  ['conn', { 2: ['state', { names: ['OFFLINE', 'ONLINE'] }], 3: ['gatewayId', 'text'] }]
])
