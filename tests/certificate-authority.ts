import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** A certificate and its key: files, and what is in them (PEM). */
export interface IssuedCertificate {
  readonly certificateFile: string
  readonly keyFile: string
  readonly certificate: string
  readonly key: string
}

/** An authority of a test, made with OpenSSL, that signs servers and clients alike. */
export class CertificateAuthority {
  readonly certificateFile: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.certificateFile = join(folder, 'authority.pem')
  }

  static async create(): Promise<CertificateAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'sen-authority-'))
    const authority = new CertificateAuthority(folder)
    const files = ['-keyout', join(folder, 'authority.key'), '-out', authority.certificateFile]
    await openssl('req', '-x509', ...curve, '-days', '2', '-subj', '/CN=Thử nghiệm', '-utf8', ...files)
    return authority
  }

  /** Its own certificate, PEM. */
  async certificate(): Promise<string> {
    return readFile(this.certificateFile, 'utf8')
  }

  /** @param name - whose it is; stands for 127.0.0.1. @param days - until its end; below 0 it has ended. */
  async issue(name: string, days: number): Promise<IssuedCertificate> {
    const path = (ending: string) => join(this.#folder, `${name}.${ending}`)
    const [certificateFile, keyFile] = [path('pem'), path('key')]
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    await openssl('req', ...curve, ...subject, '-keyout', keyFile, '-out', path('csr'))
    await openssl(
      ...['x509', '-req', '-in', path('csr'), '-copy_extensions', 'copy', '-days', String(days)],
      ...['-CA', this.certificateFile, '-CAkey', join(this.#folder, 'authority.key'), '-out', certificateFile]
    )
    await chmod(keyFile, 0o644)
    const [certificate, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')])
    return { certificateFile, keyFile, certificate, key }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function openssl(...words: readonly string[]): Promise<void> {
  await promisify(execFile)('openssl', words)
}
