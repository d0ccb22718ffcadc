/*
 * Dragino LHT65, uplink payload on FPort 2, 11 bytes, big endian (user manual, section 2.4):
 *
 *   0-1    battery: state in the upper 2 bits, mV in the lower 14
 *   2-3    temperature, 0.01 degrees Celsius, signed
 *   4-5    humidity, 0.1 %, in the lower 12 bits
 *   6      external sensor in the lower 4 bits; bit 6: stored values (section 2.6.4)
 *   7-10   what the external sensor says
 *
 * Stored values: one or more entries of 11 bytes: external sensor (2), temperature (2), humidity (2), as byte 6 above (1),
 * s since 1970 (4). Eleven zeros say that nothing is stored of the time that was asked for.
 */
var ENTRY_BYTES = 11
var STORED = 0x40

function unsignedAt(bytes, index) {
  return (bytes[index] << 8) | bytes[index + 1]
}

function signedAt(bytes, index) {
  var value = unsignedAt(bytes, index)
  return value >= 0x8000 ? value - 0x10000 : value
}

/* 0x7FFF (327.67) stands where no probe is connected. */
function temperatureAt(bytes, index) {
  return signedAt(bytes, index) / 100
}

function humidityAt(bytes, index) {
  return (unsignedAt(bytes, index) & 0x0fff) / 10
}

function readExternal(bytes, data) {
  switch (bytes[6] & 15) {
    case 1:
      data.Ext_sensor = 'Temperature Sensor'
      data.TempC_DS = temperatureAt(bytes, 7)
      break
    case 4:
      data.Ext_sensor = 'Interrupt Sensor'
      data.Exti_pin_level = bytes[7] ? 'High' : 'Low'
      break
    case 5:
      data.Ext_sensor = 'Illumination Sensor'
      data.ILL_lux = unsignedAt(bytes, 7)
      break
    case 6:
      data.Ext_sensor = 'ADC Sensor'
      data.ADC_V = unsignedAt(bytes, 7) / 1000
      break
    case 7:
      data.Ext_sensor = 'Counting Sensor'
      data.Exit_count = unsignedAt(bytes, 7)
      break
    default:
      data.Ext_sensor = 'No external sensor'
  }
}

function storedEntry(bytes) {
  var entry = {
    timestamp: unsignedAt(bytes, 7) * 0x10000 + unsignedAt(bytes, 9),
    TempC_SHT: temperatureAt(bytes, 2),
    Hum_SHT: humidityAt(bytes, 4)
  }
  if ((bytes[6] & 15) === 1) entry.TempC_DS = temperatureAt(bytes, 0)
  return entry
}

function storedEntries(bytes) {
  var history = []
  for (var i = 0; i + ENTRY_BYTES <= bytes.length; i += ENTRY_BYTES) history.push(storedEntry(bytes.slice(i, i + ENTRY_BYTES)))
  return history
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (input.fPort !== 2) return { errors: ['unknown FPort'] }
  if (bytes.length === 0 || bytes.length % ENTRY_BYTES !== 0) {
    return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + ENTRY_BYTES] }
  }
  if (!bytes.some(Boolean)) return { data: { history: [] } }
  if (bytes[6] & STORED) return { data: { history: storedEntries(bytes) } }
  if (bytes.length > ENTRY_BYTES) return { errors: ['frame of ' + bytes.length + ' bytes, expected ' + ENTRY_BYTES] }
  var data = {
    BatV: (unsignedAt(bytes, 0) & 0x3fff) / 1000,
    Bat_status: bytes[0] >> 6,
    TempC_SHT: temperatureAt(bytes, 2),
    Hum_SHT: humidityAt(bytes, 4)
  }
  readExternal(bytes, data)
  return { data: data }
}
