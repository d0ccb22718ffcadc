import { readFile } from 'node:fs/promises'
import { SenError } from '../../model/errors.ts'

/** Certificate (with its chain, the server's own first) and private key, as PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** Where a certificate comes from. */
export interface CertificateSource {
  /** @returns what is there now. @throws SenError naming what stands in the way. */
  read(): Promise<CertificatePair>
}

/** An operator's own certificate: the files of `SEN_TLS_CERT` and `SEN_TLS_KEY`, which may be replaced at any time. */
export class CertificateFiles implements CertificateSource {
  readonly #paths: CertificatePair

  constructor(paths: CertificatePair) {
    this.#paths = paths
  }

  async read(): Promise<CertificatePair> {
    return {
      cert: await contentOf('SEN_TLS_CERT', this.#paths.cert),
      key: await contentOf('SEN_TLS_KEY', this.#paths.key)
    }
  }
}

async function contentOf(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new SenError('SEN_SETTING_INVALID', `read setting ${name}=${path}: the file cannot be read`, { cause })
  }
}
