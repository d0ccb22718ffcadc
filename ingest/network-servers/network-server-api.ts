/** A device as a network server is to know it. Keys are passed on and kept nowhere. */
export interface NetworkServerDevice {
  /** 16 hexadecimal digits, lower case; `joinEui` likewise. */
  readonly devEui: string
  readonly joinEui: string
  /** 32 hexadecimal digits. */
  readonly appKey: string
  readonly name: string
  /** Sen's profile of it: settings may say what the server calls it. */
  readonly profile: string
}

/**
 * Why a network server did not do it.
 *
 * - `unreachable`: nothing answered, or something else than its API
 * - `not-permitted`: the API key is wrong, or may not do this
 * - `not-found`: the application or the device profile that the settings name is not there
 * - `refused`: it says no, in its own words
 * - `half-done`: it failed, and what had been done could not be undone: `detail` says what is left there
 */
export type NetworkServerFault = 'unreachable' | 'not-permitted' | 'not-found' | 'refused' | 'half-done'

/** `isNew`: it was made (or taken away) now; it had been there (or gone) before otherwise, and was left as it is. */
export type NetworkServerOutcome =
  | { readonly ok: true; readonly isNew: boolean }
  | { readonly ok: false; readonly reason: NetworkServerFault; readonly detail: string }

/** The door of a LoRaWAN network server by which devices are made. Nothing is left half done unless the outcome says so. */
export interface NetworkServerApi {
  add(device: NetworkServerDevice): Promise<NetworkServerOutcome>
  remove(devEui: string): Promise<NetworkServerOutcome>
}

/** An answer must come within, ms. */
export const answerWithinMs = 15_000
/** As much of a server's own words as is passed on. */
const longestDetail = 300

/** @returns a fault, with the server's words cut. */
export function faultOf(
  reason: NetworkServerFault,
  detail: string
): Extract<NetworkServerOutcome, { readonly ok: false }> {
  return { ok: false, reason, detail: detail.replaceAll(/\s+/g, ' ').slice(0, longestDetail) }
}
