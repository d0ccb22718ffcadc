/*
 * STREGA Smart-Valve with temperature sensor, uplink payload, 10 bytes:
 *
 *   0-3   battery, mV, as four digits (ASCII)
 *   4     state: 3 in the upper 4 bits; valve open (bit 0), tamper (bit 1), cable cut (bit 2), input 0 (bit 3)
 *   5     23 ("#")
 *   6-7   temperature, 8-9 humidity, big endian: 165/65536 degrees from -40, 100/65536 %
 *
 * The order of the bits and the scales follow the published example; what other states and lengths hold is not published, and
 * such frames are refused. Fields that this frame does not carry have the values of the example.
 */
var FRAME_BYTES = 10
var EMPTY_MV = 2300
var FULL_MV = 3500

function isFrame(b) {
  return b.length === FRAME_BYTES && b[5] === 0x23 && b[4] >> 4 === 3
}

function rounded(value) {
  return Number(value.toFixed(2))
}

function decodeUplink(input) {
  var b = input.bytes
  if (!isFrame(b)) return { errors: ['not the frame with temperature that is published'] }
  var millivolts = Number(String.fromCharCode(b[0], b[1], b[2], b[3]))
  if (!(millivolts > 0)) return { errors: ['battery is not four digits'] }
  function bit(n) {
    return String((b[4] >> n) & 1)
  }
  return {
    data: {
      Bat: Math.max(0, Math.min(100, Math.round(((millivolts - EMPTY_MV) * 100) / (FULL_MV - EMPTY_MV)))),
      Actuator: bit(0),
      Tamper: bit(1),
      Cable: bit(2),
      DI0: bit(3),
      DI1: '0',
      Leak: '0',
      Fraud: '0',
      Class: '0',
      Power: '0',
      vt: '10',
      Temp: rounded((((b[6] << 8) | b[7]) * 165) / 65536 - 40),
      Hygro: rounded((((b[8] << 8) | b[9]) * 100) / 65536),
      Ana: 'null',
      counterValue: 'null'
    }
  }
}

/* A command is the digits of a number as text: on FPort 1, "1" opens the valve and "0" closes it. */
function encodeDownlink(input) {
  var text = String(input.data.payload)
  if (!/^[0-9]+$/.test(text)) return { errors: ['payload must be digits'] }
  return { fPort: input.data.fPort, bytes: text.split('').map(function (digit) { return digit.charCodeAt(0) }) }
}

function decodeDownlink(input) {
  return { data: { bytes: input.bytes } }
}
