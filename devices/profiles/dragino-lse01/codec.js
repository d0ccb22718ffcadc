/*
 * Dragino LSE01, uplink payload on FPort 2, 11 bytes, big endian (user manual, section 2.3):
 *
 *   0-1   battery, mV, in the lower 14 bits
 *   2-3   DS18B20 temperature, 0.1 degrees Celsius, signed (reserved where there is no such probe)
 *   4-5   soil moisture, 0.01 %
 *   6-7   soil temperature, 0.01 degrees Celsius, signed
 *   8-9   soil conductivity, uS/cm
 *   10    mode and digital interrupt
 *
 * Field names, and numbers as text with fixed decimals, are those that other codecs of this device have made customary.
 */
var FRAME_BYTES = 11

function unsignedAt(bytes, index) {
  return (bytes[index] << 8) | bytes[index + 1]
}

function signedAt(bytes, index) {
  var value = unsignedAt(bytes, index)
  return value >= 0x8000 ? value - 0x10000 : value
}

/* The manual computes negative soil temperatures as (value - 0xFFFF) / 100: its example is FF7E for -1.29 degrees. */
function soilTemperatureAt(bytes, index) {
  var value = unsignedAt(bytes, index)
  return (value >= 0x8000 ? value - 0xffff : value) / 100
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (input.fPort !== 2) return { errors: ['unknown FPort'] }
  if (bytes.length !== FRAME_BYTES) {
    return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  }
  return {
    data: {
      Bat: (unsignedAt(bytes, 0) & 0x3fff) / 1000,
      TempC_DS18B20: (signedAt(bytes, 2) / 10).toFixed(1),
      water_SOIL: (unsignedAt(bytes, 4) / 100).toFixed(2),
      temp_SOIL: soilTemperatureAt(bytes, 6).toFixed(2),
      conduct_SOIL: unsignedAt(bytes, 8)
    }
  }
}
