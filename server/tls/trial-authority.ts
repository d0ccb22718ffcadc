import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { plainAddress } from '../trusted-proxies.ts'
import type { CertificatePair, CertificateSource } from './certificate-source.ts'
import { constraintsOf, issueAuthority, issueServer, lifetimeDays, standsFor } from './issue.ts'
import { machineNames } from './machine-names.ts'
import type { MachineNames } from './machine-names.ts'
import { permits } from './name-constraints.ts'

export interface TrialAuthorityProps {
  /** Where authority and certificate are kept; only their owner may read it. */
  readonly folder: string
  /** `SEN_PUBLIC_URL`. */
  readonly publicOrigin: string | undefined
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** Replaces what the operating system says of names and addresses. */
  readonly machine?: () => MachineNames
}

const dayMs = 86_400_000
const renewBeforeMs = 30 * dayMs

/**
 * The authority of `--trial-ca`: a certificate for the TLS doors without any authority outside, for trials. It is made at the
 * first start and stays; who wants to reach Sen installs its certificate once. The server's certificate is made anew when
 * it nears its end or the machine's addresses change. The authority itself is made anew, and must then be installed again,
 * only when it nears its end or does not cover the host of `SEN_PUBLIC_URL`.
 */
export class TrialAuthority implements CertificateSource {
  readonly #props: TrialAuthorityProps
  #authority: CertificatePair | undefined
  #hosts: readonly string[] = []
  #leftOut: readonly string[] = []

  constructor(props: TrialAuthorityProps) {
    this.#props = props
  }

  /** The authority's certificate, after `read`. */
  get certificate(): X509Certificate {
    return new X509Certificate(this.#authority?.cert ?? '')
  }

  /** The names and addresses for which the server's certificate stands, those that others use first. After `read`. */
  get hosts(): readonly string[] {
    return this.#hosts
  }

  async read(): Promise<CertificatePair> {
    await mkdir(this.#props.folder, { recursive: true, mode: 0o700 })
    const authority = await this.#ofAuthority()
    this.#authority = authority
    this.#hosts = this.#hostsUnder(authority)
    return this.#ofServer(authority, this.#hosts)
  }

  async #ofAuthority(): Promise<CertificatePair> {
    const { clock, log } = this.#props
    const kept = await this.#kept('authority')
    if (kept && this.#isSound(kept)) return kept
    const made = await this.#keep('authority', await issueAuthority(this.#ownHosts(), clock.now()))
    const { fingerprint256: fingerprint } = new X509Certificate(made.cert)
    if (kept) log.warn({ fingerprint }, 'A new trial authority was made: install it again on every phone and computer')
    else log.info({ fingerprint }, 'A trial authority was made')
    return made
  }

  #isSound({ cert }: CertificatePair): boolean {
    const host = hostOf(this.#props.publicOrigin)
    return (
      isInForce(cert, this.#props.clock.now(), lifetimeDays.server * dayMs) &&
      (host === undefined || permits(constraintsOf(cert), host))
    )
  }

  async #ofServer(authority: CertificatePair, hosts: readonly string[]): Promise<CertificatePair> {
    const now = this.#props.clock.now()
    const kept = await this.#kept('server')
    const isIssued = kept && new X509Certificate(kept.cert).verify(new X509Certificate(authority.cert).publicKey)
    if (kept && isIssued && isInForce(kept.cert, now, renewBeforeMs) && standsFor(kept.cert, hosts)) return kept
    return this.#keep('server', await issueServer(authority, hosts, now))
  }

  /** The hosts that the authority may stand for. Addresses outside private networks it may not, except that of `SEN_PUBLIC_URL`. */
  #hostsUnder(authority: CertificatePair): readonly string[] {
    const constraints = constraintsOf(authority.cert)
    const { addresses } = this.#machine()
    const wanted = [...new Set([...this.#ownHosts(), ...addresses.map(plainAddress), 'localhost', '127.0.0.1', '::1'])]
    const hosts = wanted.filter(host => permits(constraints, host))
    const leftOut = wanted.filter(host => !hosts.includes(host))
    if (leftOut.join() !== this.#leftOut.join() && leftOut.length > 0)
      this.#props.log.warn({ hosts: leftOut }, 'Hosts outside private networks are not in the trial certificate')
    this.#leftOut = leftOut
    return hosts
  }

  #ownHosts(): readonly string[] {
    const host = hostOf(this.#props.publicOrigin)
    return [...new Set([...(host === undefined ? [] : [host]), ...this.#machine().names])]
  }

  #machine(): MachineNames {
    return (this.#props.machine ?? machineNames)()
  }

  /** @returns the pair that is kept under the name, if there is a whole one. */
  async #kept(name: string): Promise<CertificatePair | undefined> {
    const text = await readFile(this.#path(name), 'utf8').catch(() => '')
    const [cert, key] = ['CERTIFICATE', 'PRIVATE KEY'].map(
      label => new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`).exec(text)?.[0]
    )
    if (cert === undefined || key === undefined) return undefined
    try {
      return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : undefined
    } catch {
      return undefined
    }
  }

  /** Certificate and key in one file, so that they are replaced together. */
  async #keep(name: string, made: CertificatePair): Promise<CertificatePair> {
    const path = this.#path(name)
    const [cert, key] = [made.cert.trim(), made.key.trim()]
    const file = await open(`${path}.new`, 'w', 0o600)
    try {
      await file.writeFile(`${cert}\n${key}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    return { cert, key }
  }

  #path(name: string): string {
    return join(this.#props.folder, `${name}.pem`)
  }
}

function isInForce(cert: string, now: number, leftMs: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert)
  return validFromDate.getTime() <= now && validToDate.getTime() - now > leftMs
}

function hostOf(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined
  const { hostname } = new URL(origin)
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 ? hostname : address
}
