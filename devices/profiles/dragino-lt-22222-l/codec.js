/*
 * Dragino LT-22222-L, uplink payload on FPort 2, 11 bytes, big endian (user manual, section 3.3):
 *
 *   0-7   by working mode, see MODES
 *   8     relays RO1, RO2 (bits 7, 6), inputs DI2, DI1 (bits 4, 3), outputs DO2, DO1 (bits 1, 0; 1 is low)
 *   9     reserved
 *   10    working mode in the lower 6 bits, hardware in the upper 2
 */
var FRAME_BYTES = 11

var MODES = {
  1: { name: '2ACI+2AVI', read: function (b, data) { volts(b, 0, data, 1); volts(b, 2, data, 2); amperes(b, 4, data, 1); amperes(b, 6, data, 2) } },
  2: { name: 'Count mode 1', read: function (b, data) { data.Count1_times = countAt(b, 0); data.Count2_times = countAt(b, 4) } },
  3: { name: '2ACI+Count mode 1', read: function (b, data) { data.Count1_times = countAt(b, 0); amperes(b, 4, data, 1); amperes(b, 6, data, 2) } },
  4: { name: 'Count mode 2', read: function (b, data) { data.Count1_times = countAt(b, 0); data.Acount_times = countAt(b, 4) } },
  5: { name: '1ACI+2AVI+Count mode 1', read: function (b, data) { volts(b, 0, data, 1); volts(b, 2, data, 2); amperes(b, 4, data, 1); data.Count1_times = unsignedAt(b, 6) } }
}
var HARDWARE = { 1: 'LT22222', 2: 'LT33222' }

function unsignedAt(bytes, index) {
  return (bytes[index] << 8) | bytes[index + 1]
}

function countAt(bytes, index) {
  return unsignedAt(bytes, index) * 0x10000 + unsignedAt(bytes, index + 2)
}

function volts(bytes, index, data, input) {
  data['AVI' + input + '_V'] = unsignedAt(bytes, index) / 1000
}

function amperes(bytes, index, data, input) {
  data['ACI' + input + '_mA'] = unsignedAt(bytes, index) / 1000
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (bytes.length !== FRAME_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + FRAME_BYTES] }
  var mode = MODES[bytes[10] & 0x3f]
  if (!mode) return { errors: ['working mode ' + (bytes[10] & 0x3f) + ' is not known'] }
  function bit(n, set, clear) {
    return (bytes[8] >> n) & 1 ? set : clear
  }
  var data = {
    Hardware_mode: HARDWARE[bytes[10] >> 6] || 'unknown',
    Work_mode: mode.name,
    RO1_status: bit(7, 'ON', 'OFF'),
    RO2_status: bit(6, 'ON', 'OFF'),
    DI2_status: bit(4, 'H', 'L'),
    DI1_status: bit(3, 'H', 'L'),
    DO2_status: bit(1, 'L', 'H'),
    DO1_status: bit(0, 'L', 'H')
  }
  mode.read(bytes, data)
  return { data: data }
}
