import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './sen-process.ts'

/** A second door of a Mosquitto: TLS with a certificate of its own, that only who has its file trusts. */
export interface TlsListener {
  readonly port: number
  /** The certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificateFile: string
  /** Lines of mosquitto.conf. */
  readonly settings: readonly string[]
  remove(): Promise<void>
}

export async function tlsListener(): Promise<TlsListener> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-tls-'))
  const certificateFile = join(folder, 'certificate.pem')
  const keyFile = join(folder, 'key.pem')
  const port = await freePort()
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certificateFile]
  ])
  return {
    port,
    certificateFile,
    settings: [`listener ${port} 127.0.0.1`, `certfile ${certificateFile}`, `keyfile ${keyFile}`],
    remove: () => rm(folder, { recursive: true })
  }
}
