/*
 * Milesight CT101, uplink payload: channel (1 byte), type (1 byte), data, repeated; little endian
 * (CT101 User Guide, device payload).
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
  0x0397: { size: 4, read: function (b, i, data) { data.total_current = unsignedAt(b, i, 4) / 100 } },
  0x0498: {
    size: 2,
    read: function (b, i, data) {
      var current = unsignedAt(b, i, 2)
      if (current === 0xffff) data.current_sensor_status = 'read failed'
      else data.current = current / 100
    }
  },
  /* Alarm: largest, smallest, present current, and what has happened. */
  0x8498: {
    size: 7,
    read: function (b, i, data) {
      data.current_max = unsignedAt(b, i, 2) / 100
      data.current_min = unsignedAt(b, i + 2, 2) / 100
      data.current = unsignedAt(b, i + 4, 2) / 100
      data.current_alarm = alarmOf(b[i + 6])
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

function alarmOf(bits) {
  function word(bit) {
    return bits & bit ? 'yes' : 'no'
  }
  return {
    current_threshold_alarm: word(1),
    current_threshold_alarm_release: word(2),
    current_over_range_alarm: word(4),
    current_over_range_alarm_release: word(8)
  }
}

function decodeUplink(input) {
  var bytes = input.bytes
  var data = {}
  var warnings = []
  var index = 0
  while (index < bytes.length) {
    /* Padding, as in the maker's example. */
    if (!bytes.slice(index).some(Boolean)) break
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
