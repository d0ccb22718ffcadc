import { join } from 'node:path'
import { systemClock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import { shown } from '../config.ts'
import type { Settings } from '../config.ts'
import type { Health } from '../health.ts'
import { CertificateFiles } from './certificate-source.ts'
import { ServerCertificate } from './server-certificate.ts'
import type { TrialAuthority } from './trial-authority.ts'

/** Port of HTTPS under `--trial-ca` unless the setting is given. */
const trialHttpsPort = 8443

/** @returns the port of the HTTPS door; `undefined`: it stays closed. */
export function httpsPortOf({ SEN_HTTPS_PORT, isTrial }: Settings): number | undefined {
  return SEN_HTTPS_PORT ?? (isTrial ? trialHttpsPort : undefined)
}

/** The certificate of the TLS doors, and the authority that issued it if that is ours. */
export interface OpenedCertificate {
  readonly certificate: ServerCertificate
  readonly trial: TrialAuthority | undefined
}

/**
 * @returns the certificate that settings and command line ask for; `undefined` if they ask for none.
 * @throws SenError `SEN_SETTING_INVALID` if it cannot be used, or HTTPS is to open without one.
 */
export async function openCertificate(
  settings: Settings,
  { log, health }: { readonly log: Log; readonly health: Health }
): Promise<OpenedCertificate | undefined> {
  const { SEN_TLS_CERT: cert, SEN_TLS_KEY: key, SEN_HTTPS_PORT, isTrial } = settings
  if (isTrial) {
    if (cert !== undefined) throw wrong('SEN_TLS_CERT', cert, 'give this or --trial-ca, not both')
    const trial = await trialAuthority(settings, log)
    return { certificate: await ServerCertificate.open({ source: trial, clock: systemClock, log, health }), trial }
  }
  if (cert === undefined || key === undefined) {
    if (SEN_HTTPS_PORT === undefined) return undefined
    throw wrong('SEN_HTTPS_PORT', SEN_HTTPS_PORT, 'SEN_TLS_CERT and SEN_TLS_KEY must be given too, or --trial-ca')
  }
  const source = new CertificateFiles({ cert, key })
  return { certificate: await ServerCertificate.open({ source, clock: systemClock, log, health }), trial: undefined }
}

/** Loaded only where it is asked for: making certificates takes a library that nothing else needs. */
async function trialAuthority({ SEN_DATA, SEN_PUBLIC_URL }: Settings, log: Log): Promise<TrialAuthority> {
  const { TrialAuthority } = await import('./trial-authority.ts')
  return new TrialAuthority({
    folder: join(SEN_DATA, 'trial-ca'),
    publicOrigin: SEN_PUBLIC_URL,
    clock: systemClock,
    log
  })
}

function wrong(name: string, value: unknown, rule: string): SenError {
  return new SenError('SEN_SETTING_INVALID', `read setting ${name}=${shown(name, value)}: ${rule}`)
}
