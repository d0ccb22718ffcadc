/*
 * Dragino LDS02, uplink payload on FPort 10, 10 bytes, big endian (user manual, section 2.4.3):
 *
 *   0-1   bit 15: door open; battery, mV, in the lower 14 bits
 *   2     mode, 1 for a door
 *   3-5   how often the door has opened
 *   6-8   how long it was open the last time, minutes
 *   9     bit 0: alarm, open for too long
 */
var FRAME_BYTES = 10

function decodeUplink(input) {
  var bytes = input.bytes
  if (bytes.length !== FRAME_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  if (bytes[2] !== 1) return { errors: ['mode ' + bytes[2] + ', expected 1 (door)'] }
  return {
    data: {
      Node_type: 'LDS02',
      BAT_V: (((bytes[0] << 8) | bytes[1]) & 0x3fff) / 1000,
      MOD: bytes[2],
      DOOR_OPEN_STATUS: bytes[0] >> 7,
      DOOR_OPEN_TIMES: (bytes[3] << 16) | (bytes[4] << 8) | bytes[5],
      LAST_DOOR_OPEN_DURATION: (bytes[6] << 16) | (bytes[7] << 8) | bytes[8],
      ALARM: bytes[9] & 1
    }
  }
}
