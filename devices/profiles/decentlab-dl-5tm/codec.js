/*
 * Decentlab DL-5TM, uplink payload (datasheet, "Uplink documentation"), big endian: protocol version (1 byte, 2), device id
 * (2 bytes), flags (2 bytes: bit n says that sensor n follows), then 16-bit words of each sensor present.
 */
var SENSORS = [
  {
    words: 2,
    values: {
      dielectric_permittivity: { displayName: 'Dielectric permittivity', of: function (x) { return x[0] / 50 } },
      volumetric_water_content: { displayName: 'Volumetric water content', unit: 'm³⋅m⁻³', of: function (x) { return topp(x[0] / 50) } },
      soil_temperature: { displayName: 'Soil temperature', unit: '°C', of: function (x) { return (x[1] - 400) / 10 } }
    }
  },
  {
    words: 1,
    values: {
      battery_voltage: { displayName: 'Battery voltage', unit: 'V', of: function (x) { return x[0] / 1000 } }
    }
  }
]

/* Volumetric water content of mineral soil after Topp, Davis and Annan (1980), Water Resources Research 16(3), equation 7. */
function topp(permittivity) {
  return 0.0000043 * Math.pow(permittivity, 3) - 0.00055 * Math.pow(permittivity, 2) + 0.0292 * permittivity - 0.053
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
