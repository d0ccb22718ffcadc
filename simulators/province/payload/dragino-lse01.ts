/** fPort of the LSE01's periodic uplink. */
export const lse01Port = 2

/** One uplink of a Dragino LSE01 in its default mode. */
export interface Lse01Values {
  /** mV, 0 to 16383. */
  readonly batteryMv: number
  /** External DS18B20 probe, °C, in steps of 0.1. */
  readonly probeCelsius: number
  /** Volumetric soil moisture, %, in steps of 0.01. */
  readonly soilMoisture: number
  /** Soil temperature, °C, in steps of 0.01. */
  readonly soilCelsius: number
  /** Soil conductivity, µS/cm. */
  readonly conductivity: number
}

/**
 * The 11 bytes the device sends, big-endian: battery (mV, 14 bits), DS18B20 (0.1 °C, signed), soil moisture (0.01 %),
 * soil temperature (0.01 °C, signed), conductivity (µS/cm), and a byte that is 0 for "default mode, sensor found, no interrupt".
 * Source: Dragino, LSE01 LoRaWAN Soil Moisture & EC Sensor User Manual, "Uplink Payload", LoRaWAN v1.1.
 */
export function encodeLse01(values: Lse01Values): Uint8Array {
  const bytes = new Uint8Array(11)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Math.round(values.batteryMv) & 0x3fff)
  view.setInt16(2, Math.round(values.probeCelsius * 10))
  view.setUint16(4, Math.round(values.soilMoisture * 100))
  view.setInt16(6, Math.round(values.soilCelsius * 100))
  view.setUint16(8, Math.round(values.conductivity))
  return bytes
}
