/** fPort of the EM300 series. */
export const em300ThPort = 85

/** One uplink of a Milesight EM300-TH. */
export interface Em300ThValues {
  /** %, 0 to 100. */
  readonly batteryLevel: number
  /** °C, in steps of 0.1. */
  readonly celsius: number
  /** %, in steps of 0.5. */
  readonly humidity: number
}

/**
 * The 10 bytes the device sends: channels of (channel id, type, value), values little-endian:
 * `01 75` battery in %, `03 67` temperature in 0.1 °C (signed), `04 68` humidity in 0.5 %.
 * Source: Milesight EM300 Series User Guide, "Uplink Data, Sensor Data".
 */
export function encodeEm300Th(values: Em300ThValues): Uint8Array {
  const bytes = new Uint8Array(10)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x0175)
  view.setUint8(2, Math.round(values.batteryLevel))
  view.setUint16(3, 0x0367)
  view.setInt16(5, Math.round(values.celsius * 10), true)
  view.setUint16(7, 0x0468)
  view.setUint8(9, Math.round(values.humidity * 2))
  return bytes
}
