// The library finds its parts by decorators' metadata.
import 'reflect-metadata'
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator
} from '@peculiar/x509'
import { isIP } from 'node:net'
import type { CertificatePair } from './certificate-source.ts'
import { nameConstraints, nameConstraintsOid } from './name-constraints.ts'

const dayMs = 86_400_000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Phones' clocks may be behind ours. */
const backdateMs = dayMs

/** For how long certificates are made, days: an authority, and a server, which browsers take for at most 397. */
export const lifetimeDays = { authority: 3650, server: 397 }

/**
 * Makes an authority: it may sign servers' certificates (no further authorities), and only for private networks and `hosts`.
 *
 * @param now - ms since the epoch.
 */
export async function issueAuthority(hosts: readonly string[], now: number): Promise<CertificatePair> {
  const { publicKey, privateKey, key } = await newKeys()
  // A name of its own each time: of two authorities with one name a phone may try the wrong one.
  const name = `CN=Sen trial authority ${randomBytes(4).toString('hex')}`
  const certificate = await X509CertificateGenerator.create({
    subject: name,
    issuer: name,
    publicKey,
    signingKey: privateKey,
    signingAlgorithm: algorithm,
    ...validity(now, lifetimeDays.authority),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(nameConstraintsOid, true, nameConstraints(hosts)),
      await SubjectKeyIdentifierExtension.create(publicKey)
    ]
  })
  return { cert: certificate.toString('pem'), key }
}

/** Makes a server's certificate, signed by the authority. @param hosts - the names and addresses it stands for. */
export async function issueServer(
  authority: CertificatePair,
  hosts: readonly string[],
  now: number
): Promise<CertificatePair> {
  const { publicKey, key } = await newKeys()
  const issuer = new X509Certificate(authority.cert)
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=Sen trial server',
    issuer: issuer.subject,
    publicKey,
    signingKey: createPrivateKey(authority.key).toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    ...validity(now, lifetimeDays.server),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      alternativeNames(hosts),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey)
    ]
  })
  return { cert: certificate.toString('pem'), key }
}

/** @returns whether a certificate stands for exactly these hosts, in this order. */
export function standsFor(cert: string, hosts: readonly string[]): boolean {
  const found = new X509Certificate(cert).getExtension(SubjectAlternativeNameExtension)
  return found !== null && Buffer.from(found.value).equals(Buffer.from(alternativeNames(hosts).value))
}

/** @returns the name constraints of an authority, empty if it has none. */
export function constraintsOf(cert: string): Uint8Array {
  return new Uint8Array(new X509Certificate(cert).getExtension(nameConstraintsOid)?.value ?? [])
}

function alternativeNames(hosts: readonly string[]): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension(
    hosts.map(value => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }))
  )
}

async function newKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
    privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

function validity(now: number, days: number) {
  const notBefore = new Date(now - backdateMs)
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * dayMs) }
}
