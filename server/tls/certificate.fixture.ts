import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CertificatePair } from './certificate-source.ts'
import { issueAuthority, issueServer, lifetimeDays } from './issue.ts'

const dayMs = 86_400_000

/** Certificates of an authority of its own, in files that may be replaced, as an operator has them. */
export class TestCertificates {
  readonly folder: string
  readonly authority: CertificatePair

  private constructor(folder: string, authority: CertificatePair) {
    this.folder = folder
    this.authority = authority
  }

  static async create(): Promise<TestCertificates> {
    const folder = await mkdtemp(join(tmpdir(), 'sen-certificates-'))
    return new TestCertificates(folder, await issueAuthority([], Date.now()))
  }

  get paths(): CertificatePair {
    return { cert: join(this.folder, 'cert.pem'), key: join(this.folder, 'key.pem') }
  }

  get settings(): Readonly<Record<string, string>> {
    return { SEN_TLS_CERT: this.paths.cert, SEN_TLS_KEY: this.paths.key, SEN_MQTTS_PORT: '0' }
  }

  /** @param daysLeft - until its end; below 0 it has ended, above its lifetime of 397 days it has not begun. */
  issue(host = 'localhost', daysLeft = 300): Promise<CertificatePair> {
    return issueServer(this.authority, [host], Date.now() + (daysLeft + 1 - lifetimeDays.server) * dayMs)
  }

  /** Puts the pair, or a part of it, where the settings look. */
  async place(pair: Partial<CertificatePair>): Promise<void> {
    if (pair.key !== undefined) await writeFile(this.paths.key, pair.key, { mode: 0o600 })
    if (pair.cert !== undefined) await writeFile(this.paths.cert, pair.cert)
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
