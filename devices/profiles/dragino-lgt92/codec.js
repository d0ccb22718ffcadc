/*
 * Dragino LGT92, uplink payload on FPort 2, 11 or 15 bytes, big endian (user manual, section 2.4):
 *
 *   0-3    latitude, 0.000001 degrees, signed; 4-7 longitude; both 0: no position found
 *   8-9    bit 14: alarm; battery, mV, in the lower 14 bits
 *   10     mode (bits 7-6), LED on (bit 5), firmware above 160 (bits 4-0)
 *   11-12  roll, 13-14 pitch, 0.01 degrees, signed
 */
var MODES = ['Disable', 'Move', 'Collide', 'User']

function unsignedAt(bytes, index) {
  return (bytes[index] << 8) | bytes[index + 1]
}

function signedAt(bytes, index) {
  var value = unsignedAt(bytes, index)
  return value >= 0x8000 ? value - 0x10000 : value
}

function degreesAt(bytes, index) {
  return (unsignedAt(bytes, index) * 0x10000 + unsignedAt(bytes, index + 2) - (bytes[index] & 0x80 ? 0x100000000 : 0)) / 1e6
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (input.fPort !== 2) return { errors: ['unknown FPort'] }
  if (bytes.length !== 11 && bytes.length !== 15) return { errors: ['frame of ' + bytes.length + ' bytes, expected 11 or 15'] }
  var data = {
    ALARM_status: (bytes[8] & 0x40) !== 0,
    BatV: (unsignedAt(bytes, 8) & 0x3fff) / 1000,
    MD: MODES[bytes[10] >> 6],
    LON: (bytes[10] & 0x20) !== 0,
    FW: 160 + (bytes[10] & 0x1f)
  }
  if (bytes.length === 15) {
    data.Roll = signedAt(bytes, 11) / 100
    data.Pitch = signedAt(bytes, 13) / 100
  }
  if (!bytes.slice(0, 8).some(Boolean)) return { data: data, warnings: ['GPS failed to obtain location'] }
  data.latitude = degreesAt(bytes, 0)
  data.longitude = degreesAt(bytes, 4)
  return { data: data }
}
