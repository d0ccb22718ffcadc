/*
 * Decentlab DL-DLR2-012, uplink payload (datasheet, "Uplink documentation"), big endian: protocol version (1 byte, 2), device id
 * (2 bytes), flags (2 bytes: bit n says that sensor n follows), then 16-bit words of each sensor present.
 */
var SENSORS = [
  {
    words: 2,
    values: {
      strain_gauge: { displayName: 'Strain gauge', unit: 'µm⋅m⁻¹', of: function (x) { return strain(x[0] + x[1] * 65536) } }
    }
  },
  {
    words: 1,
    values: {
      battery_voltage: { displayName: 'Battery voltage', unit: 'V', of: function (x) { return x[0] / 1000 } }
    }
  }
]

/* A 24-bit converter around its middle, gain 64; a quarter bridge with gauge factor 2.02: strain is 4 / 2.02 of the bridge ratio. */
function strain(raw) {
  return ((raw / 8388608 - 1) / 64) * (4 / 2.02) * 1e6
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
