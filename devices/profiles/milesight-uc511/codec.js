/*
 * Milesight UC511, uplink payload: channel (1 byte), type (1 byte), data, repeated; little endian
 * (UC511/UC512 User Guide, device payload).
 */

/* Channel and type as one number -> length of the data, and what it says. */
var ITEMS = {
  /* Basic information, sent when the device joins. */
  0xff01: { size: 1, read: function (b, i, data) { data.ipso_version = 'v' + (b[i] >> 4) + '.' + (b[i] & 15) } },
  0xff09: { size: 2, read: function (b, i, data) { data.hardware_version = 'v' + b[i] + '.' + (b[i + 1] >> 4) } },
  0xff0a: { size: 2, read: function (b, i, data) { data.firmware_version = 'v' + b[i] + '.' + b[i + 1].toString(16) } },
  0xff0b: { size: 1, read: function (b, i, data) { data.device_status = 'on' } },
  0xff0f: { size: 1, read: function (b, i, data) { data.lorawan_class = ['Class A', 'Class B', 'Class C'][b[i]] || 'unknown' } },
  0xff16: { size: 8, read: function (b, i, data) { data.sn = hexAt(b, i, 8) } },

  /* Sensor data. */
  0x0175: { size: 1, read: function (b, i, data) { data.battery = b[i] } },
  0x0301: { size: 1, read: function (b, i, data) { data.valve_1 = b[i] === 0 ? 'close' : 'open' } },
  0x04c8: { size: 4, read: function (b, i, data) { data.valve_1_pulse = unsignedAt(b, i, 4) } },
  0x0501: { size: 1, read: function (b, i, data) { data.valve_2 = b[i] === 0 ? 'close' : 'open' } },
  0x06c8: { size: 4, read: function (b, i, data) { data.valve_2_pulse = unsignedAt(b, i, 4) } },
  0x0701: { size: 1, read: function (b, i, data) { data.gpio_1 = b[i] === 0 ? 'off' : 'on' } },
  0x0801: { size: 1, read: function (b, i, data) { data.gpio_2 = b[i] === 0 ? 'off' : 'on' } },
  /* Stored values: bit 0 valve open, bit 1 input instead of counter, bit 2 input on, bit 4 valve 2. */
  0x20ce: {
    size: 9,
    read: function (b, i, data) {
      var valve = b[i + 4] & 16 ? 2 : 1
      var entry = { timestamp: unsignedAt(b, i, 4), mode: b[i + 4] & 2 ? 'gpio' : 'counter' }
      entry['valve_' + valve] = b[i + 4] & 1 ? 'open' : 'close'
      if (entry.mode === 'gpio') entry['gpio_' + valve] = b[i + 4] & 4 ? 'on' : 'off'
      else entry['valve_' + valve + '_pulse'] = unsignedAt(b, i + 5, 4)
      data.history = data.history || []
      data.history.push(entry)
    }
  }
}

function hexAt(bytes, index, size) {
  var text = ''
  for (var i = 0; i < size; i++) text += (bytes[index + i] < 16 ? '0' : '') + bytes[index + i].toString(16)
  return text
}

function unsignedAt(bytes, index, size) {
  var value = 0
  for (var i = size - 1; i >= 0; i--) value = value * 256 + bytes[index + i]
  return value
}

function decodeUplink(input) {
  var bytes = input.bytes
  var data = {}
  var warnings = []
  var index = 0
  while (index < bytes.length) {
    if (index + 2 > bytes.length) return { errors: ['frame ends inside a channel'] }
    var channel = hexAt(bytes, index, 1) + ' ' + hexAt(bytes, index + 1, 1)
    var item = ITEMS[(bytes[index] << 8) | bytes[index + 1]]
    if (!item) {
      /* Its length is unknown, so what follows cannot be read either. */
      warnings.push('unknown channel ' + channel + ' at byte ' + index)
      break
    }
    index += 2
    if (index + item.size > bytes.length) return { errors: ['frame ends inside channel ' + channel] }
    item.read(bytes, index, data)
    index += item.size
  }
  return { data: data, warnings: warnings }
}

/* Commands, as `data` of a downlink -> their bytes. FF 1D has its fixed length (hardware 4.0, firmware 1.1 and later). */
var COMMANDS = {
  report_interval: { code: 0x03, size: 2, write: function (value) { return littleEndian(value, 2) }, read: function (b) { return unsignedAt(b, 0, 2) } },
  reboot: { code: 0x10, size: 1, write: yes([0xff]), read: function () { return 'yes' } },
  valve_task: { code: 0x1d, size: 9, write: taskBytes, read: taskOf },
  report_status: { code: 0x28, size: 1, write: yes([0xff]), read: function () { return 'yes' } },
  clear_valve_1_pulse: { code: 0x4e, size: 2, first: 1, write: yes([1, 0]), read: function () { return 'yes' } },
  clear_valve_2_pulse: { code: 0x4e, size: 2, first: 2, write: yes([2, 0]), read: function () { return 'yes' } },
  valve_1_pulse: { code: 0x92, size: 5, first: 1, write: pulseBytes(1), read: function (b) { return unsignedAt(b, 1, 4) } },
  valve_2_pulse: { code: 0x92, size: 5, first: 2, write: pulseBytes(2), read: function (b) { return unsignedAt(b, 1, 4) } }
}

function littleEndian(value, size) {
  if (typeof value !== 'number' || value % 1 !== 0 || value < 0 || value >= Math.pow(256, size)) throw new Error('is out of range')
  var bytes = []
  for (var i = 0; i < size; i++) bytes.push(Math.floor(value / Math.pow(256, i)) & 255)
  return bytes
}

function yes(bytes) {
  return function (value) {
    if (value !== 'yes') throw new Error('must be "yes"')
    return bytes
  }
}

function pulseBytes(valve) {
  return function (value) { return [valve].concat(littleEndian(value, 4)) }
}

function oneOf(words, value, name) {
  var place = words.indexOf(value)
  if (place < 0) throw new Error(name + ' must be one of ' + words.join(', '))
  return place
}

var VALVES = ['valve 1', 'valve 2']
var STATES = ['close', 'open']
var SWITCHES = ['disable', 'enable']

/* Bit 7: end after a time, bit 6: end after pulses, bit 5: open, bits 0-2: which valve. */
function taskBytes(task) {
  var control = oneOf(VALVES, task.valve_index, 'valve_index')
  control |= oneOf(STATES, task.valve_status, 'valve_status') << 5
  control |= oneOf(SWITCHES, task.pulse_rule_enable || 'disable', 'pulse_rule_enable') << 6
  control |= oneOf(SWITCHES, task.time_rule_enable || 'disable', 'time_rule_enable') << 7
  return [control].concat(littleEndian(task.sequence_id || 0, 1), littleEndian(task.duration || 0, 3), littleEndian(task.valve_pulse || 0, 4))
}

function taskOf(b) {
  return {
    valve_index: VALVES[b[0] & 7] || 'unknown',
    valve_status: STATES[(b[0] >> 5) & 1],
    pulse_rule_enable: SWITCHES[(b[0] >> 6) & 1],
    time_rule_enable: SWITCHES[b[0] >> 7],
    sequence_id: b[1],
    duration: unsignedAt(b, 2, 3),
    valve_pulse: unsignedAt(b, 5, 4)
  }
}

function encodeDownlink(input) {
  var bytes = []
  var errors = []
  Object.keys(input.data).forEach(function (name) {
    var command = COMMANDS[name]
    if (!command) return errors.push('unknown command ' + name)
    try {
      bytes = bytes.concat(0xff, command.code, command.write(input.data[name]))
    } catch (error) {
      errors.push(name + ': ' + error.message)
    }
  })
  return errors.length > 0 ? { errors: errors } : { fPort: 85, bytes: bytes }
}

function decodeDownlink(input) {
  var bytes = input.bytes
  var data = {}
  for (var index = 0; index < bytes.length; ) {
    var name = commandAt(bytes, index)
    if (!name) return { errors: ['unknown command at byte ' + index] }
    var end = index + 2 + COMMANDS[name].size
    if (end > bytes.length) return { errors: ['frame ends inside ' + name] }
    data[name] = COMMANDS[name].read(bytes.slice(index + 2, end))
    index = end
  }
  return { data: data }
}

function commandAt(bytes, index) {
  return Object.keys(COMMANDS).filter(function (name) {
    var command = COMMANDS[name]
    var isFirst = command.first === undefined || command.first === bytes[index + 2]
    return bytes[index] === 0xff && bytes[index + 1] === command.code && isFirst
  })[0]
}
