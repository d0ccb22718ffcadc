import type { Settings } from './config.ts'
import type { TrialAuthority } from './tls/trial-authority.ts'
import { TrustedProxies } from './trusted-proxies.ts'

/** How people and programs reach Sen, and whose word counts on who they are. */
export interface Reach {
  /** Origin of `SEN_PUBLIC_URL`. */
  readonly publicOrigin: string | undefined
  readonly proxies: TrustedProxies
  /** Port of the HTTPS door, once it is open. */
  readonly httpsPort: () => number | undefined
  /** The authority of `--trial-ca`. */
  readonly trial: TrialAuthority | undefined
}

/** @returns the reach that the settings describe. */
export function reachOf(settings: Settings, doors: Pick<Reach, 'httpsPort' | 'trial'>): Reach {
  return {
    publicOrigin: settings.SEN_PUBLIC_URL,
    proxies: new TrustedProxies(settings.SEN_TRUST_PROXY),
    ...doors
  }
}
