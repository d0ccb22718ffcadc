import { generateSecret, generateURI, verify } from 'otplib'
import { randomBytes } from 'node:crypto'
import { hashOf } from './secrets.ts'

/** A code of the step before or after is good too, s: phones' clocks differ. */
const toleranceS = 30
const recoveryCodes = 10

/** @returns a new authenticator's secret (Base32) and the address that its QR code holds. */
export function newAuthenticator(label: string): { readonly secret: string; readonly uri: string } {
  const secret = generateSecret()
  return { secret, uri: generateURI({ issuer: 'Sen', label, secret }) }
}

/**
 * Checks a one-time code (RFC 6238: SHA-1, 6 digits, 30 s). Real time counts, also where the demo's clock runs faster.
 *
 * @param lastStep - time step of the last code that was taken.
 * @returns the code's time step, or `undefined` if it is wrong or was used before.
 */
export async function stepOfCode(secret: string, code: string, lastStep: number): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined
  const result = await verify({ secret, token: code, epochTolerance: toleranceS })
  if (!result.valid || !('timeStep' in result)) return undefined
  return result.timeStep > lastStep ? result.timeStep : undefined
}

/** @returns recovery codes of 50 random bits, for people to keep on paper. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: recoveryCodes }, () => {
    const letters = Array.from(randomBytes(10), byte => alphabet[byte % alphabet.length])
    return `${letters.slice(0, 5).join('')}-${letters.slice(5).join('')}`
  })
}

/** Crockford's Base32: what looks alike is read alike. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** @returns the hash of a recovery code however it was typed. */
export function recoveryHash(person: number, code: string): string {
  const plain = code.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return hashOf(`recovery:${person}:${plain}`)
}
