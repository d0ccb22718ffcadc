/*
 * Nwave NPS405, uplink payloads (Nwave, "LoRaWAN Parking Sensor - Getting Started", section 4.2). Bit 0 of the status byte: occupied.
 *
 *   FPort 1   status byte; in its bits 7-1 how long the state before lasted, compressed
 *   FPort 2   heartbeat: status byte, battery (4 mV above 2500 mV), temperature, health of the hardware, 2 bytes more
 *   FPort 3   start: firmware (3 bytes), cause, status byte
 *   FPort 10  status byte as on FPort 1, identity of a tag (4 bytes)
 */
var READERS = {
  1: { size: 1, read: parkingStatus },
  2: { size: 6, read: heartbeat },
  3: { size: 5, read: startup },
  10: { size: 5, read: userRegistration }
}

/* Compressed time: up to this code, this many minutes more for each step. */
var STEPS = [
  { before: 90, from: 0, minutes: 0, step: 1 },
  { before: 120, from: 90, minutes: 90, step: 5 },
  { before: 127, from: 120, minutes: 240, step: 60 }
]
var LONGEST = 660

function isOccupied(status) {
  return (status & 1) === 1
}

function addDuration(data, code) {
  var step = STEPS.filter(function (one) { return code < one.before })[0]
  data.previous_state_duration = step ? step.minutes + (code - step.from) * step.step : LONGEST
  data.previous_state_duration_error = step ? step.step - 1 : null
  data.previous_state_duration_overflow = !step
  return data
}

function parkingStatus(b) {
  return addDuration({ type: 'parking_status', occupied: isOccupied(b[0]) }, b[0] >> 1)
}

function userRegistration(b) {
  var tag = b.slice(1, 5).map(function (byte) { return (byte < 16 ? '0' : '') + byte.toString(16) }).join('').toUpperCase()
  var data = { type: 'user_registration', occupied: isOccupied(b[0]), tag_id: tag }
  return addDuration(data, b[0] >> 1)
}

/* Scale of the temperature, and health 0 for normal: from the one published frame. */
function heartbeat(b) {
  var temperature = b[2] >= 0x80 ? b[2] - 0x100 : b[2]
  return {
    type: 'heartbeat',
    occupied: isOccupied(b[0]),
    battery_voltage: (2500 + 4 * b[1]) / 1000,
    temperature: temperature / 4,
    battery_health: b[0] >> 1 === 0 ? 'normal' : 'unknown',
    hw_health_status: b[3]
  }
}

function startup(b) {
  return {
    type: 'startup',
    firmware_version: b.slice(0, 3).join('.'),
    reset_cause: b[3] === 2 ? 'power_on' : 'code ' + b[3],
    occupied: isOccupied(b[4])
  }
}

function decodeUplink(input) {
  var reader = READERS[input.fPort]
  if (!reader) return { errors: ['unknown FPort'] }
  if (input.bytes.length < reader.size) return { errors: ['frame of ' + input.bytes.length + ' bytes, expected ' + reader.size] }
  return { data: reader.read(input.bytes) }
}
