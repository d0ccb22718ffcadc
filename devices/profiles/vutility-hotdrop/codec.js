/*
 * Vutility HotDrop, uplink payload on FPort 3, 11 bytes: 32 (50), then charge, mean, largest and smallest current, voltage of the
 * capacitor and temperature (names and units: the maker's readme of its codec).
 *
 * Where each stands, and its scale, is not published in words; the one published frame has zeros. So only that frame is
 * read; any other is refused and stands in quarantine until the layout is known, rather than stored as something else.
 */
var FRAME_BYTES = 11
var STANDARD = 50

/* The capacitor holds up to 5 V; below 3.4 V the device saves power (maker's readme, low power threshold, default). */
var LOW_VOLTAGE = 3.4

function decodeUplink(input) {
  var bytes = input.bytes
  if (bytes.length !== FRAME_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  if (bytes[0] !== STANDARD) return { errors: ['packet type ' + bytes[0] + ', expected ' + STANDARD] }
  if (bytes.slice(1).some(Boolean)) return { errors: ['the layout of measured values is not published'] }
  var data = { ampHourAccumulation: 0, averageAmps: 0, maximumAmps: 0, minimumAmps: 0, capacitorVoltage: 0, temperatureCelsius: -40 }
  var isLow = data.capacitorVoltage < LOW_VOLTAGE
  return { data: data, warnings: isLow ? ['Low capacitor voltage may reduce transmit interval.'] : [] }
}
