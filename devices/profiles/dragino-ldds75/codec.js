/*
 * Dragino LDDS75, uplink payload on FPort 2, 8 bytes, big endian (user manual, section 2.3):
 *
 *   0-1   battery, mV, in the lower 14 bits
 *   2-3   distance, mm; 0: no sensor found, 20: nearer than it can measure
 *   4     digital interrupt
 *   5-6   DS18B20 temperature, 0.1 degrees Celsius, signed
 *   7     whether a sensor was found
 *
 * Names, and numbers as text with fixed decimals, are those that other codecs of this device have made customary. So is
 * the answer to a frame without the last four bytes: early firmware sent it where it found no sensor.
 */
var FRAME_BYTES = 8

function unsignedAt(bytes, index) {
  return (bytes[index] << 8) | bytes[index + 1]
}

function signedAt(bytes, index) {
  var value = unsignedAt(bytes, index)
  return value >= 0x8000 ? value - 0x10000 : value
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (input.fPort !== 2) return { errors: ['unknown FPort'] }
  if (bytes.length === 4) return { data: { distance: 'No Sensor' } }
  if (bytes.length !== FRAME_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  return {
    data: {
      Bat: (unsignedAt(bytes, 0) & 0x3fff) / 1000,
      Distance: unsignedAt(bytes, 2),
      Interrupt_flag: bytes[4],
      TempC_DS18B20: (signedAt(bytes, 5) / 10).toFixed(2),
      Sensor_flag: bytes[7]
    }
  }
}
