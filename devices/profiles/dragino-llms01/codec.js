/*
 * Dragino LLMS01, uplink payload on FPort 2, 11 bytes, big endian (user manual, section 2.3):
 *
 *   0-1   battery, mV, in the lower 14 bits
 *   2-3   DS18B20 temperature, 0.1 degrees Celsius, signed
 *   4-5   leaf moisture, 0.1 %
 *   6-7   leaf temperature, 0.1 degrees Celsius, signed
 *   8     digital interrupt
 *   9     reserved
 *   10    message type
 *
 * Names, and numbers as text with fixed decimals, are those that other codecs of this device have made customary.
 */
var FRAME_BYTES = 11

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
  if (bytes.length !== FRAME_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  return {
    data: {
      Bat: (unsignedAt(bytes, 0) & 0x3fff) / 1000,
      TempC_DS18B20: (signedAt(bytes, 2) / 10).toFixed(2),
      Leaf_Moisture: (unsignedAt(bytes, 4) / 10).toFixed(2),
      Leaf_Temperature: (signedAt(bytes, 6) / 10).toFixed(2),
      Interrupt_flag: bytes[8],
      Message_type: bytes[10]
    }
  }
}
