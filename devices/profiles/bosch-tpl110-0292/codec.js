/*
 * Bosch TPL110-0292, uplink payloads (communication interface technical description, "Uplink"):
 *
 *   FPort 1   bit 0: occupied
 *   FPort 2   heartbeat: bit 0: occupied; temperature, degrees Celsius, signed (1 byte)
 *   FPort 3   start: three codes for the maker's support (4 bytes each, little endian), firmware (3 bytes), cause, occupied
 */
var READERS = {
  1: { size: 1, read: function (b) { return { type: 'parking status', occupied: isOccupied(b[0]) } } },
  2: { size: 2, read: function (b) { return { type: 'heartbeat', occupied: isOccupied(b[0]), temperature: b[1] >= 0x80 ? b[1] - 0x100 : b[1] } } },
  3: { size: 17, read: startup }
}
var CAUSES = { 1: 'watchdog', 2: 'power on', 3: 'system request' }

function isOccupied(status) {
  return (status & 1) === 1
}

function startup(b) {
  var codes = [0, 4, 8].map(function (i) { return b[i] + b[i + 1] * 0x100 + b[i + 2] * 0x10000 + b[i + 3] * 0x1000000 })
  return {
    type: 'startup',
    debugCodes: codes.filter(Boolean),
    firmwareVersion: b.slice(12, 15).join('.'),
    resetCause: CAUSES[b[15]] || 'other',
    occupied: isOccupied(b[16])
  }
}

function decodeUplink(input) {
  var reader = READERS[input.fPort]
  if (!reader) return { errors: ['unknown FPort'] }
  if (input.bytes.length < reader.size) return { errors: ['frame of ' + input.bytes.length + ' bytes, expected ' + reader.size] }
  return { data: reader.read(input.bytes) }
}
