/*
 * Decentlab DL-PM, uplink payload (datasheet, "Uplink documentation"), big endian: protocol version (1 byte, 2), device id
 * (2 bytes), flags (2 bytes: bit n says that sensor n follows), then 16-bit words of each sensor present.
 */
var SENSORS = [
  {
    words: 1,
    values: {
      battery_voltage: { displayName: 'Battery voltage', unit: 'V', of: function (x) { return x[0] / 1000 } }
    }
  },
  {
    words: 10,
    values: {
      pm1_0_mass_concentration: { displayName: 'PM1.0 mass concentration', unit: 'µg⋅m⁻³', of: function (x) { return x[0] / 10 } },
      pm2_5_mass_concentration: { displayName: 'PM2.5 mass concentration', unit: 'µg⋅m⁻³', of: function (x) { return x[1] / 10 } },
      pm4_mass_concentration: { displayName: 'PM4 mass concentration', unit: 'µg⋅m⁻³', of: function (x) { return x[2] / 10 } },
      pm10_mass_concentration: { displayName: 'PM10 mass concentration', unit: 'µg⋅m⁻³', of: function (x) { return x[3] / 10 } },
      typical_particle_size: { displayName: 'Typical particle size', unit: 'nm', of: function (x) { return x[4] } },
      pm0_5_number_concentration: { displayName: 'PM0.5 number concentration', unit: '1⋅cm⁻³', of: function (x) { return x[5] / 10 } },
      pm1_0_number_concentration: { displayName: 'PM1.0 number concentration', unit: '1⋅cm⁻³', of: function (x) { return x[6] / 10 } },
      pm2_5_number_concentration: { displayName: 'PM2.5 number concentration', unit: '1⋅cm⁻³', of: function (x) { return x[7] / 10 } },
      pm4_number_concentration: { displayName: 'PM4 number concentration', unit: '1⋅cm⁻³', of: function (x) { return x[8] / 10 } },
      pm10_number_concentration: { displayName: 'PM10 number concentration', unit: '1⋅cm⁻³', of: function (x) { return x[9] / 10 } }
    }
  },
  {
    words: 2,
    values: {
      air_temperature: { displayName: 'Air temperature', unit: '°C', of: function (x) { return (x[0] / 65536) * 175.72 - 46.85 } },
      air_humidity: { displayName: 'Air humidity', unit: '%', of: function (x) { return (x[1] / 65536) * 125 - 6 } }
    }
  },
  {
    words: 1,
    values: {
      barometric_pressure: { displayName: 'Barometric pressure', unit: 'Pa', of: function (x) { return x[0] * 2 } }
    }
  }
]

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
