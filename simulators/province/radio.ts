import { between, normal } from '../seeded-random.ts'
import type { Key } from '../seeded-random.ts'

/** LoRa spreading factors of 125 kHz uplinks. */
export type SpreadingFactor = 7 | 8 | 9 | 10 | 11 | 12
export const spreadingFactors: readonly SpreadingFactor[] = [7, 8, 9, 10, 11, 12]

/** Lowest SNR in dB at which a gateway still demodulates (Semtech SX1276 datasheet rev. 7, table 13). */
export const snrFloorDb: Readonly<Record<SpreadingFactor, number>> = {
  7: -7.5,
  8: -10,
  9: -12.5,
  10: -15,
  11: -17.5,
  12: -20
}

/** dBm: thermal noise in 125 kHz (−174 + 10·log10(125,000) = −123) and a receiver's noise figure of 6 dB. */
export const noiseFloorDbm = -117
/** The concentrator's SNR estimate saturates there, however near the device is, dB. */
export const snrCapDb = 12
/** dB: spread of path loss between places at one distance (buildings, trees, relief). Fixed for a link. */
export const shadowingDb = 8
/** dB: spread from frame to frame on one link. */
const fadingDb = 1.5
/** dBm e.i.r.p.: 25 mW e.r.p., the limit for LPWAN at 920 to 923 MHz in Viet Nam (Circular 08/2021/TT-BTTTT), and 2.15 dB. */
const transmitDbm = 16.1
/** dBi: fibreglass whip of an outdoor gateway, less its cable. */
export const gatewayGainDb = 3
/** dB: free space at the reference distance of 1 m and 922 MHz. */
const referenceM = 1
const referenceLossDb = 31.7

/** Range of the path-loss exponent: open paddies to villages under trees. */
export const exponentRange = { low: 2.7, high: 3.5 } as const

/** Path loss in dB at `distance` m (log-distance model, Rappaport, Wireless Communications, 2nd edition, 4.9). */
export function pathLossDb(distance: number, exponent: number): number {
  return referenceLossDb + 10 * exponent * Math.log10(Math.max(distance, referenceM) / referenceM)
}

/** A radio link between a device and a gateway: what does not change from frame to frame. */
export interface Link {
  readonly distanceM: number
  readonly exponent: number
  readonly shadowDb: number
}

/** @param keys - what the link's surroundings depend on: seed, device, gateway. */
export function link(distance: number, ...keys: readonly Key[]): Link {
  return {
    distanceM: distance,
    exponent: between(exponentRange.low, exponentRange.high, ...keys, 'exponent'),
    shadowDb: shadowingDb * normal(...keys, 'shadow')
  }
}

/** Mean received power of a link, dBm. */
export function meanRssiDbm(link: Link): number {
  return transmitDbm + gatewayGainDb - pathLossDb(link.distanceM, link.exponent) + link.shadowDb
}

/** Received power of one frame, dBm. @param keys - the link's keys and the frame. */
export function frameRssiDbm(link: Link, ...keys: readonly Key[]): number {
  return meanRssiDbm(link) + fadingDb * normal(...keys, 'fading')
}

/** SNR in dB as a gateway reports it: RSSI over the noise floor, capped. */
export function snrDb(rssiDbm: number): number {
  return Math.min(snrCapDb, rssiDbm - noiseFloorDbm)
}

/** dB above the demodulation floor; below 0 the frame is not heard. */
export function marginDb(snr: number, spreadingFactor: SpreadingFactor): number {
  return snr - snrFloorDb[spreadingFactor]
}

/** What ADR keeps in hand for fading, dB (the network servers' default "installation margin"). */
export const installationMarginDb = 10

/** Steps of data rate that ADR gives from the best SNR of the last 20 frames: `floor((SNRmax − floor − 10) / 3)`. */
export function adrSteps(snrMax: number, spreadingFactor: SpreadingFactor): number {
  return Math.floor((snrMax - snrFloorDb[spreadingFactor] - installationMarginDb) / 3)
}

/** The spreading factor ADR settles on, coming from SF12, where a device joins. */
export function adrSpreadingFactor(snrMax: number): SpreadingFactor {
  const steps = Math.min(5, Math.max(0, adrSteps(snrMax, 12)))
  return spreadingFactors[5 - steps] ?? 12
}

/** Data rate of AS923 for 125 kHz: DR0 is SF12, DR5 is SF7 (LoRaWAN RP002-1.0.4, table 42). */
export function dataRate(spreadingFactor: SpreadingFactor): number {
  return 12 - spreadingFactor
}

/**
 * Time on air in ms at 125 kHz, coding rate 4/5, explicit header, CRC on, 8 symbols of preamble.
 *
 * @param phyBytes - length of the PHY payload: LoRaWAN header and MIC (13 bytes) and application payload.
 * Source: Semtech AN1200.13; low data rate optimisation for SF11 and SF12.
 */
export function timeOnAirMs(spreadingFactor: SpreadingFactor, phyBytes: number): number {
  const symbolMs = 2 ** spreadingFactor / 125
  const optimised = spreadingFactor >= 11 ? 1 : 0
  const bits = 8 * phyBytes - 4 * spreadingFactor + 28 + 16
  const symbols = 8 + Math.max(Math.ceil(bits / (4 * (spreadingFactor - 2 * optimised))) * 5, 0)
  return (12.25 + symbols) * symbolMs
}

/** MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, MIC 4 (LoRaWAN 1.0.4, clause 4). */
export const lorawanOverheadBytes = 13

/** Uplink channels of the band plan AS923-2 (offset −1.80 MHz) as gateways in Viet Nam are set up, Hz. */
export const channelsHz: readonly number[] = [
  921_400_000, 921_600_000, 921_800_000, 922_000_000, 922_200_000, 922_400_000, 922_600_000, 922_800_000
]
