import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** The certificate that a server showed, and that Sen believed. */
export interface PeerCertificate {
  /** Whom it is for. */
  readonly subject: string
  /** Who signed it. */
  readonly issuer: string
  /** ms since the epoch, UTC. */
  readonly expiresAt: number
}

const dayMs = 86_400_000
/** From so long before its end on a certificate is warned about, ms. */
const warningMs = 21 * dayMs

/** @returns the certificate of the other end; `undefined` where the connection has none. */
export function peerCertificateOf(stream: Duplex): PeerCertificate | undefined {
  if (!(stream instanceof TLSSocket)) return undefined
  const { subject, issuer, valid_to: validTo } = stream.getPeerCertificate()
  const expiresAt = Date.parse(validTo)
  if (Number.isNaN(expiresAt)) return undefined
  return { subject: nameOf(subject), issuer: nameOf(issuer), expiresAt }
}

/** @returns in words that the certificate ends soon. */
export function expiryWarning({ subject, expiresAt }: PeerCertificate, now: number): string | undefined {
  if (expiresAt - now > warningMs) return undefined
  const days = Math.floor((expiresAt - now) / dayMs)
  return `The certificate of ${subject} ${days < 0 ? 'has ended' : `ends in ${days} days`}: its operator must renew it.`
}

function nameOf(name: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  return [name['CN'] ?? name['O'] ?? ''].flat().join(', ')
}
