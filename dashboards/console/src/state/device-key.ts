import { base64url } from './base64url.ts'

export type EnrolledKind = 'phone' | 'display'

/** Who this browser is to Sen. The private key cannot be taken out of the browser, not even by this page. */
export interface DeviceKey {
  /** The id that the server gave. */
  readonly device: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** A new pair of keys, ECDSA on P-256, whose private half does not leave the browser. Needs a page with TLS, or localhost. */
export function newKeyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
}

/** @returns the public half as the server is told it. */
export function publicJwk(key: CryptoKey): Promise<JsonWebKey> {
  return crypto.subtle.exportKey('jwk', key)
}

/**
 * Answers the server's challenge.
 *
 * @returns the signature over `sen-device-v1:<device>:<challenge>` (SHA-256, r and s side by side), base64url.
 */
export async function signChallenge(key: DeviceKey, challenge: string): Promise<string> {
  const said = new TextEncoder().encode(`sen-device-v1:${key.device}:${challenge}`)
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, said)
  return base64url(new Uint8Array(signature))
}

/** Whether this page may make and use keys and passkeys at all. */
export function hasCrypto(): boolean {
  return window.isSecureContext && crypto.subtle !== undefined
}
