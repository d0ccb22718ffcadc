/**
 * The lowest signal-to-noise ratio at which LoRa of this spreading factor is still demodulated, dB: -7.5 at SF7, 2.5 less
 * for each factor more.
 *
 * Source: Semtech SX1276 datasheet rev. 7, table 13 (SF7 to SF12); SX1261/2 datasheet rev. 2.1, table 6-1 (SF5, SF6).
 */
export function demodulationFloorDb(spreadingFactor: number): number {
  return -7.5 - 2.5 * (spreadingFactor - 7)
}
