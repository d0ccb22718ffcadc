/*
 * Milesight WS301, uplink payload: channel (1 byte), type (1 byte), data, repeated; little endian
 * (WS301 User Guide, sections 5.1 and 5.2 (sold by Linovision as IOT-S500DCS)).
 */

/* Channel and type as one number -> length of the data, and what it says. */
var ITEMS = {
  /* Basic information, sent when the device joins. */
  0xff01: { size: 1, read: function (b, i, data) { data.ipso_version = 'v' + (b[i] >> 4) + '.' + (b[i] & 15) } },
  0xff08: { size: 6, read: function (b, i, data) { data.sn = hexAt(b, i, 6) } },
  0xff09: { size: 2, read: function (b, i, data) { data.hardware_version = 'v' + b[i] + '.' + (b[i + 1] >> 4) } },
  0xff0a: { size: 2, read: function (b, i, data) { data.firmware_version = 'v' + b[i] + '.' + b[i + 1].toString(16) } },
  0xff0b: { size: 1, read: function (b, i, data) { data.device_status = 'on' } },
  0xff0f: { size: 1, read: function (b, i, data) { data.lorawan_class = ['Class A', 'Class B', 'Class C'][b[i]] || 'unknown' } },
  0xff16: { size: 8, read: function (b, i, data) { data.sn = hexAt(b, i, 8) } },

  /* Sensor data. */
  0x0175: { size: 1, read: function (b, i, data) { data.battery = b[i] } },
  0x0300: { size: 1, read: function (b, i, data) { data.magnet_status = b[i] === 0 ? 'close' : 'open' } },
  0x0400: { size: 1, read: function (b, i, data) { data.tamper_status = b[i] === 0 ? 'installed' : 'uninstalled' } }
}

function hexAt(bytes, index, size) {
  var text = ''
  for (var i = 0; i < size; i++) text += (bytes[index + i] < 16 ? '0' : '') + bytes[index + i].toString(16)
  return text
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
