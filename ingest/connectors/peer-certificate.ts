import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { PeerCertificate as NodeCertificate } from 'node:tls'

/** The certificate that a server showed, and that Sen believed; or that Sen shows. */
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
  return stream instanceof TLSSocket ? certificateOf(stream.getPeerCertificate()) : undefined
}

/** @returns whose certificate this is and until when; `undefined` for the empty one that Node gives where there is none. */
export function certificateOf({
  subject,
  issuer,
  valid_to: validTo
}: Pick<NodeCertificate, 'subject' | 'issuer' | 'valid_to'>): PeerCertificate | undefined {
  const expiresAt = Date.parse(validTo)
  if (Number.isNaN(expiresAt)) return undefined
  return { subject: nameOf(subject), issuer: nameOf(issuer), expiresAt }
}

/** @returns in words that the other end's certificate ends soon, or has ended; `undefined` while there is time. */
export function expiryWarning(certificate: PeerCertificate, now: number): string | undefined {
  const when = endIn(certificate, now)
  return when && `The certificate of ${certificate.subject} ${when}: its operator must renew it.`
}

/** @returns in words that the certificate that Sen shows ends soon, or has ended; `undefined` while there is time. */
export function ownExpiryWarning(certificate: PeerCertificate, now: number): string | undefined {
  const when = endIn(certificate, now)
  return when && `Sen's own certificate (${certificate.subject}) ${when}: give the connection a new one.`
}

function endIn({ expiresAt }: PeerCertificate, now: number): string | undefined {
  if (expiresAt - now > warningMs) return undefined
  const days = Math.floor((expiresAt - now) / dayMs)
  return days < 0 ? 'has ended' : `ends in ${days} days`
}

function nameOf(name: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  return [name['CN'] ?? name['O'] ?? ''].flat().join(', ')
}
