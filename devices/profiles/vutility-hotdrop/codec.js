/*
 * Vutility HotDrop, uplink payload on FPort 3, 11 bytes, the largest byte first: 32 (50), charge (4 bytes, 0.1 A.h), mean
 * current (2 bytes, 0.1 A), how far the largest current lies above and the smallest below it (1 byte each, %), voltage of the
 * capacitor (0 to 255 is 0 to 5 V), temperature (0 to 255 is -40 to 80 degrees Celsius).
 */
var FRAME_BYTES = 11
var STANDARD = 50

/* The capacitor holds up to 5 V; below 3.4 V the device saves power (maker's readme, low power threshold, default). */
var LOW_VOLTAGE = 3.4

function decodeUplink(input) {
  var bytes = input.bytes
  if (bytes.length !== FRAME_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  if (bytes[0] !== STANDARD) return { errors: ['packet type ' + bytes[0] + ', expected ' + STANDARD] }
  var charge = bytes[1] * 0x1000000 + bytes[2] * 0x10000 + bytes[3] * 0x100 + bytes[4]
  var mean = bytes[5] * 0x100 + bytes[6]
  var data = {
    ampHourAccumulation: charge / 10,
    averageAmps: mean / 10,
    maximumAmps: (mean * (100 + bytes[7])) / 1000,
    minimumAmps: (mean * (100 - bytes[8])) / 1000,
    capacitorVoltage: (bytes[9] * 5) / 255,
    temperatureCelsius: (bytes[10] * 120) / 255 - 40
  }
  var warnings = []
  if (data.capacitorVoltage < LOW_VOLTAGE) warnings.push('Low capacitor voltage may reduce transmit interval.')
  if (data.minimumAmps < 0) warnings.push('Minimum amps is less than 0.')
  return { data: data, warnings: warnings }
}
