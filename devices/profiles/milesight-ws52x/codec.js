/*
 * Milesight WS52x, uplink payload: channel (1 byte), type (1 byte), data, repeated; little endian
 * (WS52x Series User Guide, device payload).
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
  0x0374: { size: 2, read: function (b, i, data) { data.voltage = unsignedAt(b, i, 2) / 10 } },
  0x0480: { size: 4, read: function (b, i, data) { data.active_power = unsignedAt(b, i, 4) } },
  0x0581: { size: 1, read: function (b, i, data) { data.power_factor = b[i] } },
  0x0683: { size: 4, read: function (b, i, data) { data.energy = unsignedAt(b, i, 4) } },
  0x07c9: { size: 2, read: function (b, i, data) { data.current = unsignedAt(b, i, 2) } },
  0x0870: { size: 1, read: function (b, i, data) { data.socket_status = b[i] & 1 ? 'on' : 'off' } }
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
