/*
 * Digital Matter Oyster3 (and Yabby3), uplink payloads (Digital Matter, Oyster3 LoRaWAN integration), little endian:
 *
 *   FPort 1   position: latitude, longitude (4 bytes each, 1e-7 degrees), in trip, fix failed, heading (6 bits of 5.625 degrees),
 *             speed (km/h), battery (25 mV)
 *   FPort 4   the same, shorter: latitude, longitude (3 bytes each, 256e-7 degrees), heading (3 bits of 45 degrees), speed
 *             (5 bits of 5 km/h), battery, in trip, fix failed, man down
 *   FPort 2   acknowledgement of a downlink; FPort 3 statistics, packed bit by bit
 */
var READERS = { 1: { size: 11, read: position }, 2: { size: 3, read: acknowledgement }, 3: { size: 11, read: statistics }, 4: { size: 9, read: shortPosition } }

function signedAt(b, index, size) {
  var value = 0
  for (var i = size - 1; i >= 0; i--) value = value * 256 + b[index + i]
  var range = Math.pow(256, size)
  return value >= range / 2 ? value - range : value
}

function rounded(value, decimals) {
  return Number(value.toFixed(decimals))
}

function position(b) {
  return {
    type: 'position',
    latitudeDeg: rounded(signedAt(b, 0, 4) / 1e7, 7),
    longitudeDeg: rounded(signedAt(b, 4, 4) / 1e7, 7),
    inTrip: (b[8] & 1) !== 0,
    fixFailed: (b[8] & 2) !== 0,
    headingDeg: rounded((b[8] >> 2) * 5.625, 3),
    speedKmph: b[9],
    batV: rounded(b[10] * 0.025, 2),
    manDown: null
  }
}

function shortPosition(b) {
  return {
    type: 'position',
    latitudeDeg: rounded(signedAt(b, 0, 3) * 256e-7, 7),
    longitudeDeg: rounded(signedAt(b, 3, 3) * 256e-7, 7),
    headingDeg: (b[6] & 7) * 45,
    speedKmph: (b[6] >> 3) * 5,
    batV: rounded(b[7] * 0.025, 2),
    inTrip: (b[8] & 1) !== 0,
    fixFailed: (b[8] & 2) !== 0,
    manDown: (b[8] & 4) !== 0
  }
}

function acknowledgement(b) {
  return { type: 'downlink ack', sequence: b[0] & 0x7f, accepted: (b[0] & 0x80) !== 0, fwMaj: b[1], fwMin: b[2] }
}

/* Takes bits in order, the lowest of a byte first. */
function bitReader(b) {
  var place = 0
  return function (count) {
    var value = 0
    for (var i = 0; i < count; i++, place++) value += ((b[place >> 3] >> (place & 7)) & 1) * Math.pow(2, i)
    return value
  }
}

function statistics(b) {
  var take = bitReader(b)
  return {
    type: 'stats',
    initialBatV: rounded(4 + take(4) * 0.1, 2),
    txCount: 32 * take(11),
    tripCount: 32 * take(13),
    gpsSuccesses: 32 * take(10),
    gpsFails: 32 * take(8),
    aveGpsFixS: take(9),
    aveGpsFailS: take(9),
    aveGpsFreshenS: take(8),
    wakeupsPerTrip: take(7),
    uptimeWeeks: take(9)
  }
}

function decodeUplink(input) {
  var reader = READERS[input.fPort]
  if (!reader) return { errors: ['unknown FPort'] }
  if (input.bytes.length < reader.size) return { errors: ['frame of ' + input.bytes.length + ' bytes, expected ' + reader.size] }
  return { data: reader.read(input.bytes), warnings: [] }
}
