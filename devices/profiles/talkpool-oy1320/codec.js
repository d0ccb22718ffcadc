/*
 * Talkpool OY1320, uplink payload on FPort 2, 6 bytes, big endian: 01, 21 (what follows: the meter), status, reading (3 bytes).
 *
 * The published example has only status 0. A frame with another third byte is refused: whether that byte is a status or the
 * highest byte of a reading beyond 16,777,215 is not published.
 */
function decodeUplink(input) {
  var bytes = input.bytes
  if (bytes.length !== 6 || bytes[0] !== 0x01 || bytes[1] !== 0x21) return { errors: ['not a meter reading (01 21, 6 bytes)'] }
  if (bytes[2] !== 0) return { errors: ['third byte is ' + bytes[2] + ', expected 0'] }
  return { data: { MeterReading: (bytes[3] << 16) | (bytes[4] << 8) | bytes[5], Status: bytes[2].toString(2) } }
}
