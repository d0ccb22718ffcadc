import { rootOrganisation } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { CredentialBook } from './credential-book.ts'

/** What was refused to a machine. */
export interface MachineDenial {
  /** A login that failed, or what a login may not do. */
  readonly action: 'connect' | 'publish' | 'subscribe'
  /** From a closed list. */
  readonly reason: string
  readonly address: string
  /** As it was given; empty for none. */
  readonly username: string
  /** Where to; empty for a login. */
  readonly topic: string
}

export interface MachineDenialsProps {
  readonly trail: Pick<AuditTrail, 'note'>
  readonly credentials: Pick<CredentialBook, 'of'>
  readonly registry: Pick<RegistrySnapshot, 'sites' | 'devices'>
}

const longestExample = 200

/**
 * Notes in the audit log what machines were refused, by MQTT and by HTTP. Counted together is what has the same address, user
 * name and reason: topics, and user names that nobody has, are the sender's to choose, so that they stand as an example only.
 */
export class MachineDenials {
  readonly #props: MachineDenialsProps

  constructor(props: MachineDenialsProps) {
    this.#props = props
  }

  note(door: 'mqtt' | 'ingest', { action, reason, address, username, topic }: MachineDenial): void {
    const { trail, credentials } = this.#props
    const isKnown = credentials.of(username).length > 0
    const object = isKnown ? `credential:${username}` : ''
    const isLogin = action === 'connect'
    const example = isLogin ? (isKnown ? '' : username) : topic
    trail.note(
      {
        // Whoever gives a wrong password has not said who it is.
        author: isLogin ? { id: 'stranger', name: '', address } : { id: `credential:${username}`, name: '', address },
        action: `${door}.${action}`,
        object,
        organisation: this.#organisationOf(username),
        outcome: isLogin ? 'failed' : 'denied',
        detail: reason
      },
      example === '' ? undefined : example.slice(0, longestExample)
    )
  }

  /** Of whom the login is, so that its own auditors see what was tried. */
  #organisationOf(username: string): string {
    const { sites, devices } = this.#props.registry
    const site = username.startsWith('site:') ? username.slice('site:'.length) : devices.get(username)?.site
    return sites.get(site ?? '')?.organisation ?? rootOrganisation
  }
}
