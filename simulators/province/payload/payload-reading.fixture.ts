import type { Lse01Values } from './dragino-lse01.ts'
import type { Em300ThValues } from './milesight-em300-th.ts'

/** Reads an LSE01 uplink the way its published decoder does. For tests of the encoder. */
export function readLse01(bytes: Uint8Array): Lse01Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    batteryMv: view.getUint16(0) & 0x3fff,
    probeCelsius: view.getInt16(2) / 10 + 0,
    soilMoisture: view.getUint16(4) / 100,
    soilCelsius: view.getInt16(6) / 100 + 0,
    conductivity: view.getUint16(8)
  }
}

/** Reads an EM300-TH uplink of exactly the three channels it sends. For tests of the encoder. */
export function readEm300Th(bytes: Uint8Array): Em300ThValues {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const channels = [view.getUint16(0), view.getUint16(3), view.getUint16(7)]
  if (bytes.length !== 10 || channels.join() !== [0x0175, 0x0367, 0x0468].join())
    throw new RangeError(`read EM300-TH: unknown channels ${channels.join()} in ${bytes.length} bytes`)
  return { batteryLevel: view.getUint8(2), celsius: view.getInt16(5, true) / 10 + 0, humidity: view.getUint8(9) / 2 }
}
