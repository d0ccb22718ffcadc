import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../model/clock.ts'
import { boundedMemory } from './bounded-memory.ts'

/** Public half of a device's key (RFC 7517, 7518): ECDSA on P-256. Its private half cannot be taken out of the browser. */
export const deviceJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  y: z.string().regex(/^[A-Za-z0-9_-]{43}$/)
})
export type DeviceJwk = z.infer<typeof deviceJwk>

const lifeMs = 120_000
const mostOpen = 10_000

/** Challenges for devices to sign, each good once and for two minutes. */
export class DeviceChallenges {
  /** Devices by challenge. */
  readonly #open

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#open = boundedMemory<string, string>({ clock, lifeMs, most: mostOpen })
  }

  issue(device: string): string {
    const challenge = randomBytes(24).toString('base64url')
    this.#open.set(challenge, device)
    return challenge
  }

  /** @returns whether this challenge was open for this device; it is not any more. */
  take(device: string, challenge: string): boolean {
    return this.#open.get(challenge) === device && this.#open.delete(challenge)
  }
}

/**
 * Says whether the device's key signed this challenge: ECDSA with SHA-256 over the ASCII text
 * `sen-device-v1:<device>:<challenge>`, the signature as r and s (IEEE P1363), as WebCrypto makes it.
 */
export function isSignedBy(
  publicKey: DeviceJwk,
  { device, challenge, signature }: { readonly device: string; readonly challenge: string; readonly signature: string }
): boolean {
  const key = createPublicKey({ key: publicKey, format: 'jwk' })
  const text = Buffer.from(`sen-device-v1:${device}:${challenge}`)
  return verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}

/** PINs that the first to find a phone tries: one digit six times, and runs up or down. */
export function isWeakPin(pin: string): boolean {
  const steps = new Set(Array.from(pin.slice(1), (digit, i) => (Number(digit) - Number(pin[i]) + 10) % 10))
  const [step] = steps
  return steps.size === 1 && (step === 0 || step === 1 || step === 9)
}
