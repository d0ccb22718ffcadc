/*
 * Milesight AT101, uplink payload: channel (1 byte), type (1 byte), data, repeated; little endian
 * (AT101 User Guide, device payload).
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
  0x0367: { size: 2, read: function (b, i, data) { data.temperature = signedAt(b, i, 2) / 10 } },
  0x0488: { size: 9, read: function (b, i, data) { readPosition(b, i, data) } },
  0x0500: { size: 1, read: function (b, i, data) { data.position = b[i] === 0 ? 'normal' : 'tilt' } },
  0x06d9: {
    size: 9,
    read: function (b, i, data) {
      data.wifi_scan_result = 'finish'
      data.wifi = data.wifi || []
      data.wifi.push({
        group: b[i],
        mac: hexAt(b, i + 1, 6).match(/../g).join(':'),
        rssi: signedAt(b, i + 7, 1),
        motion_status: MOTIONS[b[i + 8] & 15] || 'unknown'
      })
      data.motion_status = MOTIONS[b[i + 8] & 15] || 'unknown'
    }
  },
  0x0700: { size: 1, read: function (b, i, data) { data.tamper_status = b[i] === 0 ? 'installed' : 'uninstalled' } },
  0x8488: { size: 9, read: function (b, i, data) { readPosition(b, i, data) } }
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

function signedAt(bytes, index, size) {
  var value = unsignedAt(bytes, index, size)
  var range = Math.pow(256, size)
  return value >= range / 2 ? value - range : value
}

var MOTIONS = ['unknown', 'start', 'moving', 'stop']
var GEOFENCE = ['inside', 'outside', 'unset', 'unknown']

function readPosition(b, i, data) {
  data.latitude = signedAt(b, i, 4) / 1e6
  data.longitude = signedAt(b, i + 4, 4) / 1e6
  data.motion_status = MOTIONS[b[i + 8] & 15] || 'unknown'
  data.geofence_status = GEOFENCE[b[i + 8] >> 4] || 'unknown'
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
