/*
 * Milesight EM300-TH, uplink payload: channel (1 byte), type (1 byte), data, repeated; little endian
 * (EM300 Series User Guide, chapter 5; historical data: EM300 protocol, "Data Retrievability").
 */

/* Channel and type as one number -> length of the data, and what it says. */
var ITEMS = {
  /* Basic information, sent when the device joins. */
  0xff01: { size: 1, read: function (b, i, data) { data.protocol_version = 'v' + b[i] } },
  0xff09: { size: 2, read: function (b, i, data) { data.hardware_version = 'v' + b[i] + '.' + (b[i + 1] >> 4) } },
  0xff0a: { size: 2, read: function (b, i, data) { data.firmware_version = 'v' + b[i] + '.' + b[i + 1].toString(16) } },
  0xff0b: { size: 1, read: function (b, i, data) { data.device_status = 'on' } },
  0xff0f: { size: 1, read: function (b, i, data) { data.lorawan_class = ['Class A', 'Class B', 'Class C'][b[i]] || 'unknown' } },
  0xff16: { size: 8, read: function (b, i, data) { data.serial_number = serialAt(b, i) } },

  /* Sensor data. */
  0x0175: { size: 1, read: function (b, i, data) { data.battery = b[i] } },
  0x0367: { size: 2, read: function (b, i, data) { data.temperature = temperatureAt(b, i) } },
  0x0468: { size: 1, read: function (b, i, data) { data.humidity = humidityAt(b, i) } },

  /* Historical data: time, temperature, humidity, and one byte that this model does not use. */
  0x20ce: {
    size: 8,
    read: function (b, i, data) {
      data.history = data.history || []
      data.history.push({ timestamp: timeAt(b, i), temperature: temperatureAt(b, i + 4), humidity: humidityAt(b, i + 6) })
    }
  },

  /* Outcome of an enquiry for historical data: at a moment, over a range. */
  0xfc6b: { size: 1, read: function (b, i, data) { data.enquiry_result = b[i] } },
  0xfc6c: { size: 1, read: function (b, i, data) { data.enquiry_result = b[i] } }
}

function hex(byte) {
  return (byte < 16 ? '0' : '') + byte.toString(16)
}

function serialAt(bytes, index) {
  var text = ''
  for (var i = 0; i < 8; i++) text += hex(bytes[index + i])
  return text
}

function temperatureAt(bytes, index) {
  var value = bytes[index] | (bytes[index + 1] << 8)
  return (value >= 0x8000 ? value - 0x10000 : value) / 10
}

function humidityAt(bytes, index) {
  return bytes[index] / 2
}

/* s since 1970, UTC. The highest byte is multiplied: shifting it would make times after 2038 negative. */
function timeAt(bytes, index) {
  return (bytes[index] | (bytes[index + 1] << 8) | (bytes[index + 2] << 16)) + bytes[index + 3] * 0x1000000
}

function decodeUplink(input) {
  var bytes = input.bytes
  var data = {}
  var warnings = []
  var index = 0
  while (index < bytes.length) {
    if (index + 2 > bytes.length) return { errors: ['frame ends inside a channel'] }
    var channel = hex(bytes[index]) + ' ' + hex(bytes[index + 1])
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
