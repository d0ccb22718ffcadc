import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new secret: 128 random bits as 22 characters that need no quoting anywhere. */
export function newSecret(): string {
  return randomBytes(16).toString('base64url')
}

/** SHA-256, hex. Enough for secrets of 128 random bits; people's passwords need a slow hash instead. */
export function hashOf(secret: string | Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares two hashes of `hashOf` in constant time. */
export function isSameHash(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'))
}
