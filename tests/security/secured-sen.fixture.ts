import { TestCertificates } from '../../server/tls/certificate.fixture.ts'
import { SenProcess } from '../sen-process.ts'
import type { Ready } from '../sen-process.ts'
import { ask } from './client.ts'
import type { Answer, Asked } from './client.ts'

/** Where a proxy of these tests stands: an address of this machine, which Sen trusts. */
export const proxyAddress = '127.0.0.2'
/** What people type. */
export const publicOrigin = 'https://sen.example.vn'

/** A Sen as an operator runs it: HTTPS with a certificate, a public address, a proxy that is trusted. */
export class SecuredSen {
  readonly sen: SenProcess
  readonly certificates: TestCertificates
  /** HTTPS origin that the certificate stands for. */
  origin: string
  /** An administrator's token. */
  readonly token: string

  private constructor(sen: SenProcess, certificates: TestCertificates, token: string) {
    this.sen = sen
    this.certificates = certificates
    this.origin = originOf(sen)
    this.token = token
  }

  static async start(more: Readonly<Record<string, string>> = {}): Promise<SecuredSen> {
    const certificates = await TestCertificates.create()
    await certificates.place(await certificates.issue())
    const environment = {
      ...certificates.settings,
      SEN_HTTPS_PORT: '0',
      SEN_PUBLIC_URL: publicOrigin,
      SEN_TRUST_PROXY: proxyAddress,
      ...more
    }
    const sen = await SenProcess.create({ environment })
    await sen.start()
    return new SecuredSen(sen, certificates, await sen.sen('token', '--role', 'administrator'))
  }

  get ready(): Ready {
    return this.sen.ready
  }

  /** To be called after a restart: its ports are others. */
  moved(): void {
    this.origin = originOf(this.sen)
  }

  /** Asks over HTTPS. */
  ask(path: string, asked: Asked = {}): Promise<Answer> {
    return ask(`${this.origin}${path}`, { ca: this.certificates.authority.cert, ...asked })
  }

  /** Opens a session with a token. @returns what Sen answered. */
  signIn(asked: Asked = {}): Promise<Answer> {
    return this.ask('/api/v1/session', { method: 'POST', body: { token: this.token }, ...asked })
  }

  /** @returns the cookie of a new session, as a browser sends it back. */
  async session(): Promise<string> {
    const { headers } = await this.signIn()
    return String(headers['set-cookie']).split(';')[0] ?? ''
  }

  /** How often something was turned away for the reason. */
  async refused(reason: string): Promise<number> {
    const { body } = await this.ask('/metrics', { headers: { authorization: `Bearer ${this.token}` } })
    return Number(new RegExp(`^sen_refused_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(body)?.[1] ?? 0)
  }

  async remove(): Promise<void> {
    await this.sen.remove()
    await this.certificates.remove()
  }
}

const originOf = ({ ready }: SenProcess): string => `https://localhost:${new URL(ready.https ?? '').port}`
