import { X509Certificate, createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { ConnectorSecrets } from '../../model/connector.ts'
import { certificateOf } from './peer-certificate.ts'
import type { PeerCertificate } from './peer-certificate.ts'

/** What a connection shows and trusts, PEM. */
type TlsSecrets = Pick<ConnectorSecrets, 'ca' | 'certificate' | 'key'>

/** @returns whose certificate this is and until when; the first one of a chain. `undefined` where it cannot be read. */
export function certificateIn(pem: string): PeerCertificate | undefined {
  const certificate = parsed(pem)
  return certificate && certificateOf(certificate.toLegacyObject())
}

/** @returns why a connection cannot be opened with these, without a word of them; `undefined` if it can. */
export function tlsProblem({ ca, certificate, key }: TlsSecrets): string | undefined {
  if (ca !== undefined && !parsed(ca)) return 'tls.ca is no certificate that can be read'
  if ((certificate === undefined) !== (key === undefined)) return 'tls.certificate and tls.key are given together'
  if (certificate === undefined || key === undefined) return undefined
  const own = parsed(certificate)
  if (!own) return 'tls.certificate is no certificate that can be read'
  const privateKey = parsedKey(key)
  if (!privateKey) return 'tls.key is no private key that can be read; one with a passphrase cannot'
  return own.checkPrivateKey(privateKey) ? undefined : 'tls.key is not the key of tls.certificate'
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function parsedKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}
