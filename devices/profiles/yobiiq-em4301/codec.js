/*
 * Yobiiq EM4301, uplink payload on FPort 1: channel 01, type (1 byte), data, repeated; big endian (EM4301 payload description).
 * FPort 0 is the network's own. Names and the constant fields are those of the published examples.
 */
var TYPES = {
  0x00: { name: 'index', size: 4 },
  0x01: { name: 'timestamp', size: 4 },
  0x04: { name: 'activeEnergyImportL123T1', size: 4, unit: 'Wh' },
  0x05: { name: 'activeEnergyImportL123T2', size: 4, unit: 'Wh' },
  0x0c: { name: 'voltageL1N', size: 4, unit: 'V', divisor: 10 },
  0x0d: { name: 'voltageL2N', size: 4, unit: 'V', divisor: 10 },
  0x0e: { name: 'voltageL3N', size: 4, unit: 'V', divisor: 10 },
  0x10: { name: 'currentL1', size: 4, unit: 'mA' },
  0x11: { name: 'currentL2', size: 4, unit: 'mA' },
  0x12: { name: 'currentL3', size: 4, unit: 'mA' },
  0x14: { name: 'activePowerL1', size: 4, unit: 'W', isSigned: true },
  0x15: { name: 'activePowerL2', size: 4, unit: 'W', isSigned: true },
  0x16: { name: 'activePowerL3', size: 4, unit: 'W', isSigned: true },
  0x23: { name: 'frequency', size: 2, unit: 'Hz', divisor: 100 },
  0x24: { name: 'totalSystemActivePower', size: 4, unit: 'kW', isSigned: true },
  0x25: { name: 'totalSystemReactivePower', size: 4, unit: 'kvar', isSigned: true, divisor: 1000 }
}

function numberAt(bytes, index, type) {
  var value = 0
  for (var i = 0; i < type.size; i++) value = value * 256 + bytes[index + i]
  var range = Math.pow(256, type.size)
  if (type.isSigned && value >= range / 2) value -= range
  return value / (type.divisor || 1)
}

function answer(data, warnings) {
  data.codecVersion = '1.0.1'
  data.genericModel = 'EM4301'
  data.productCode = 'P1002011'
  data.manufacturer = 'YOBIIQ B.V.'
  return { data: data, warnings: warnings || [] }
}

function decodeUplink(input) {
  var bytes = input.bytes
  if (input.fPort === 0) return answer({ mac: 'MAC command received', fPort: 0 })
  if (input.fPort !== 1) return answer({ error: 'Incorrect fPort', fPort: input.fPort })
  var data = {}
  for (var index = 0; index < bytes.length; ) {
    var type = bytes[index] === 0x01 ? TYPES[bytes[index + 1]] : undefined
    /* Its length is unknown, so what follows cannot be read either. */
    if (!type) return answer(data, ['unknown type at byte ' + index])
    index += 2
    if (index + type.size > bytes.length) return { errors: ['frame ends inside ' + type.name] }
    var value = numberAt(bytes, index, type)
    data[type.name] = type.unit ? { data: value, unit: type.unit } : value
    index += type.size
  }
  return answer(data)
}

/* Configuration: FF, parameter (1 byte), value, big endian. */
var PARAMETERS = {
  restart: { code: 0x0b, size: 1 },
  primaryCurrentTransformerRatio: { code: 0x1e, size: 2 },
  secondaryCurrentTransformerRatio: { code: 0x1f, size: 1 },
  primaryVoltageTransformerRatio: { code: 0x20, size: 4 }
}

function encodeDownlink(input) {
  var config = input.data.Type === 'Config' && input.data.Config
  var parameter = config && PARAMETERS[config.Param]
  if (!parameter) return { errors: ['not a configuration that is known'] }
  var value = config.Value
  if (typeof value !== 'number' || value % 1 !== 0 || value < 0 || value >= Math.pow(256, parameter.size)) {
    return { errors: [config.Param + ' is out of range'] }
  }
  var bytes = [0xff, parameter.code]
  for (var i = parameter.size - 1; i >= 0; i--) bytes.push(Math.floor(value / Math.pow(256, i)) & 255)
  return { fPort: 50, bytes: bytes }
}
