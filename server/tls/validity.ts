import type { X509Certificate } from 'node:crypto'

/** How far a certificate is from its end; each stage after `valid` is one that a human must know of. */
export type Validity = 'not-yet-valid' | 'valid' | 'ends-within-30-days' | 'ends-within-7-days' | 'expired'

const dayMs = 86_400_000

/** @param now - ms since the epoch. @returns the stage of the certificate's life. */
export function validityOf({ validFromDate, validToDate }: X509Certificate, now: number): Validity {
  if (now < validFromDate.getTime()) return 'not-yet-valid'
  const leftMs = validToDate.getTime() - now
  if (leftMs <= 0) return 'expired'
  if (leftMs <= 7 * dayMs) return 'ends-within-7-days'
  return leftMs <= 30 * dayMs ? 'ends-within-30-days' : 'valid'
}

/** @returns whether clients that look at the time take it. */
export function isInForce(validity: Validity): boolean {
  return validity !== 'expired' && validity !== 'not-yet-valid'
}
