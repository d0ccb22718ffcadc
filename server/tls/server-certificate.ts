import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import type { Health } from '../health.ts'
import type { CertificatePair, CertificateSource } from './certificate-source.ts'
import { isInForce, validityOf } from './validity.ts'
import type { Validity } from './validity.ts'

export interface ServerCertificateProps {
  readonly source: CertificateSource
  /** The time that clients go by, whatever clock the demo runs on. */
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly health: Pick<Health, 'warn' | 'clearWarning'>
}

/** New files are taken up this soon, and the days until the end are counted this often. */
const renewEveryMs = 30_000

/** What every TLS door speaks: TLS 1.2 with forward secrecy and authenticated encryption, and TLS 1.3 (RFC 9325, 3.1 and 4.2). */
const protocol = {
  minVersion: 'TLSv1.2',
  ciphers: [
    ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
    ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305']
  ].join(':')
} as const satisfies SecureContextOptions

interface Loaded {
  readonly pair: CertificatePair
  readonly leaf: X509Certificate
}

/**
 * The certificate of the TLS doors. It is read again and again, and whoever listens to `onRenewed` serves new connections
 * with the new one; those that are open stay. What cannot be used does not take the place of what can: that is logged,
 * and the one before stays. Says so 30 and 7 days before the end, and in `sen_tls_certificate_expires_seconds`.
 */
export class ServerCertificate {
  readonly #props: ServerCertificateProps
  readonly #listeners = new Set<(context: SecureContextOptions) => void>()
  #loaded: Loaded
  #told: Validity = 'valid'
  #failure: string | undefined
  #underWay: Promise<boolean> = Promise.resolve(false)
  readonly #timer: NodeJS.Timeout

  private constructor(props: ServerCertificateProps, loaded: Loaded) {
    this.#props = props
    this.#loaded = loaded
    this.#tellValidity()
    this.#timer = setInterval(() => void this.renew(), renewEveryMs)
  }

  /**
   * Reads it for the first time. One that is expired or not valid yet is used: devices that do not look at the time still
   * get in, and a new one may be under way.
   *
   * @throws SenError `SEN_SETTING_INVALID` if it cannot be read, or certificate and key do not fit.
   */
  static async open(props: ServerCertificateProps): Promise<ServerCertificate> {
    return new ServerCertificate(props, loaded(await props.source.read()))
  }

  /** For a TLS server, and for its `setSecureContext`. */
  get context(): SecureContextOptions {
    return { ...this.#loaded.pair, ...protocol }
  }

  /** When it ends, ms since the epoch. */
  get expiresAt(): number {
    return this.#loaded.leaf.validToDate.getTime()
  }

  onRenewed(listener: (context: SecureContextOptions) => void): void {
    this.#listeners.add(listener)
  }

  /** Takes up what is new; one call at a time. @returns whether anything was. */
  renew(): Promise<boolean> {
    this.#underWay = this.#underWay.then(() => this.#renew())
    return this.#underWay
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #renew(): Promise<boolean> {
    const { source, log } = this.#props
    try {
      const pair = await source.read()
      const { cert, key } = this.#loaded.pair
      const isNew = pair.cert !== cert || pair.key !== key
      if (isNew) this.#take(loaded(pair))
      this.#failure = undefined
      this.#tellValidity()
      return isNew
    } catch (cause) {
      const failure = messageOf(cause)
      // The same again, twice a minute, says nothing new.
      if (failure !== this.#failure)
        log.error({ cause }, 'TLS certificate was not renewed; the one before stays in use')
      this.#failure = failure
      this.#tellValidity()
      return false
    }
  }

  #take(next: Loaded): void {
    const now = this.#props.clock.now()
    const validity = validityOf(next.leaf, now)
    if (!isInForce(validity) && isInForce(validityOf(this.#loaded.leaf, now)))
      throw new SenError(
        'SEN_SETTING_INVALID',
        `renew TLS certificate: the new one is ${validity.replaceAll('-', ' ')}`
      )
    this.#loaded = next
    for (const listener of this.#listeners) listener(this.context)
    this.#props.log.info(described(next.leaf), 'TLS certificate renewed')
  }

  #tellValidity(): void {
    const { clock, log, health } = this.#props
    const { leaf } = this.#loaded
    const validity = validityOf(leaf, clock.now())
    if (validity === this.#told) return
    this.#told = validity
    if (validity === 'valid') {
      health.clearWarning('tls-certificate')
      return
    }
    health.warn('tls-certificate', `${validity.replaceAll('-', ' ')}: from ${leaf.validFrom} to ${leaf.validTo}`)
    const fields = { validity, ...described(leaf) }
    if (isInForce(validity)) log.warn(fields, 'TLS certificate ends soon')
    else log.error(fields, 'TLS certificate is not valid now; clients that check it are turned away')
  }
}

function described({ subject, subjectAltName, validFromDate, validToDate }: X509Certificate) {
  return { subject, names: subjectAltName, validFrom: validFromDate.toISOString(), validTo: validToDate.toISOString() }
}

function loaded(pair: CertificatePair): Loaded {
  try {
    createSecureContext(pair)
    return { pair, leaf: new X509Certificate(pair.cert) }
  } catch (cause) {
    throw new SenError(
      'SEN_SETTING_INVALID',
      `read TLS certificate: not a PEM certificate with its key (${messageOf(cause)})`,
      {
        cause,
        hint: 'SEN_TLS_CERT holds the certificate and its chain, SEN_TLS_KEY the key that belongs to it, not encrypted.'
      }
    )
  }
}
