/*
 * Decentlab DL-ATM41, uplink payload (datasheet, "Uplink documentation"), big endian: protocol version (1 byte, 2), device id
 * (2 bytes), flags (2 bytes: bit n says that sensor n follows), then 16-bit words of each sensor present.
 */
var SENSORS = [
  {
    words: 17,
    values: {
      solar_radiation: { displayName: 'Solar radiation', unit: 'W⋅m⁻²', of: function (x) { return offset(x[0]) } },
      precipitation: { displayName: 'Precipitation', unit: 'mm', of: function (x) { return offset(x[1]) / 1000 } },
      lightning_strike_count: { displayName: 'Lightning strike count', of: function (x) { return offset(x[2]) } },
      lightning_average_distance: { displayName: 'Lightning average distance', unit: 'km', of: function (x) { return offset(x[3]) } },
      wind_speed: { displayName: 'Wind speed', unit: 'm⋅s⁻¹', of: function (x) { return offset(x[4]) / 100 } },
      wind_direction: { displayName: 'Wind direction', unit: '°', of: function (x) { return offset(x[5]) / 10 } },
      maximum_wind_speed: { displayName: 'Maximum wind speed', unit: 'm⋅s⁻¹', of: function (x) { return offset(x[6]) / 100 } },
      air_temperature: { displayName: 'Air temperature', unit: '°C', of: function (x) { return offset(x[7]) / 10 } },
      vapor_pressure: { displayName: 'Vapor pressure', unit: 'kPa', of: function (x) { return offset(x[8]) / 100 } },
      atmospheric_pressure: { displayName: 'Atmospheric pressure', unit: 'kPa', of: function (x) { return offset(x[9]) / 100 } },
      relative_humidity: { displayName: 'Relative humidity', unit: '%', of: function (x) { return offset(x[10]) / 10 } },
      sensor_temperature_internal: { displayName: 'Sensor temperature (internal)', unit: '°C', of: function (x) { return offset(x[11]) / 10 } },
      x_orientation_angle: { displayName: 'X orientation angle', unit: '°', of: function (x) { return offset(x[12]) / 10 } },
      y_orientation_angle: { displayName: 'Y orientation angle', unit: '°', of: function (x) { return offset(x[13]) / 10 } },
      compass_heading: { displayName: 'Compass heading', unit: '°', of: function (x) { return offset(x[14]) } },
      north_wind_speed: { displayName: 'North wind speed', unit: 'm⋅s⁻¹', of: function (x) { return offset(x[15]) / 100 } },
      east_wind_speed: { displayName: 'East wind speed', unit: 'm⋅s⁻¹', of: function (x) { return offset(x[16]) / 100 } }
    }
  },
  {
    words: 1,
    values: {
      battery_voltage: { displayName: 'Battery voltage', unit: 'V', of: function (x) { return x[0] / 1000 } }
    }
  }
]

/* Signed values are sent with 32768 added. */
function offset(word) {
  return word - 32768
}

function wordAt(bytes, index) {
  return (bytes[index] << 8) | bytes[index + 1]
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (bytes.length < 5) return { errors: ['frame of ' + bytes.length + ' bytes, at least 5 expected'] }
  if (bytes[0] !== 2) return { errors: ['protocol version ' + bytes[0] + ', expected 2'] }
  var data = { protocol_version: bytes[0], device_id: wordAt(bytes, 1) }
  var flags = wordAt(bytes, 3)
  var index = 5
  for (var n = 0; n < SENSORS.length; n++) {
    var sensor = SENSORS[n]
    if (!((flags >> n) & 1)) continue
    if (index + sensor.words * 2 > bytes.length) return { errors: ['frame ends inside sensor ' + n] }
    var words = []
    for (var i = 0; i < sensor.words; i++, index += 2) words.push(wordAt(bytes, index))
    addValues(data, sensor.values, words)
  }
  return { data: data }
}

function addValues(data, values, words) {
  Object.keys(values).forEach(function (name) {
    var value = values[name]
    data[name] = { displayName: value.displayName, value: value.of(words) }
    if (value.unit) data[name].unit = value.unit
  })
}

/* Downlink: command, parameter (16-bit words), CRC-16/MODBUS of the four bytes before it; FPort 1. */
var COMMANDS = { 'set period + save': 0x0002, 'set adr off': 0x0007 }

function encodeDownlink(input) {
  var code = COMMANDS[input.data.command]
  var parameter = input.data.parameter || 0
  if (code === undefined) return { errors: ['unknown command ' + input.data.command] }
  if (parameter % 1 !== 0 || parameter < 0 || parameter > 0xffff) return { errors: ['parameter must be 0 to 65535'] }
  var bytes = [code >> 8, code & 255, parameter >> 8, parameter & 255]
  var crc = crc16(bytes)
  return { fPort: 1, bytes: bytes.concat(crc >> 8, crc & 255) }
}

function crc16(bytes) {
  var crc = 0xffff
  for (var i = 0; i < bytes.length; i++) {
    crc ^= bytes[i]
    for (var bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}
