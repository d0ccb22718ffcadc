import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse
} from '@simplewebauthn/server'
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON
} from '@simplewebauthn/server'
import { isIP } from 'node:net'
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { boundedMemory } from './bounded-memory.ts'
import type { Passkey } from '../../storage/state/people-store.ts'

/** What a browser answers when a passkey is made, and when one is used (WebAuthn Level 3, 5.2, as JSON). */
export type NewPasskeyAnswer = RegistrationResponseJSON
export type PasskeyAnswer = AuthenticationResponseJSON

/** Where the browser says that it is: passkeys belong to a name. */
export interface Site {
  /** For example `https://sen.nghean.gov.vn`. */
  readonly origin: string
}

const lifeMs = 300_000
const mostOpen = 10_000

interface Ceremony {
  readonly challenge: string
  /** Whose passkey is made; `undefined` for a login, which says so itself. */
  readonly person: number | undefined
}

/** Passkeys (W3C WebAuthn Level 3): made and used with the person's presence proven by PIN or fingerprint, so they stand alone. */
export class Passkeys {
  readonly #open

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#open = boundedMemory<string, Ceremony>({ clock, lifeMs, most: mostOpen })
  }

  /** @returns options for `navigator.credentials.create`, and the ticket to come back with. */
  async registration(site: Site, person: { readonly id: number; readonly name: string }, present: readonly Passkey[]) {
    const options = await generateRegistrationOptions({
      rpName: 'Sen',
      rpID: relyingPartyOf(site),
      userName: person.name,
      userID: new TextEncoder().encode(`person:${person.id}`),
      attestationType: 'none',
      excludeCredentials: present.map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' }
    })
    return { ticket: this.#begin(options.challenge, person.id), options }
  }

  /** @returns the new passkey. @throws SenError `SEN_UNAUTHENTICATED` if the answer does not fit. */
  async register(
    site: Site,
    person: number,
    ticket: string,
    response: RegistrationResponseJSON
  ): Promise<Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'transports'>> {
    const { challenge } = this.#take(ticket, person)
    const result = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: relyingPartyOf(site),
      requireUserVerification: true
    }).catch(refused)
    if (!result.verified) return refused()
    const { id, publicKey, counter, transports } = result.registrationInfo.credential
    return { id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, transports: transports ?? [] }
  }

  /** @returns options for `navigator.credentials.get`, the same for everybody: nobody learns who has an account. */
  async authentication(site: Site) {
    const options = await generateAuthenticationOptions({ rpID: relyingPartyOf(site), userVerification: 'required' })
    return { ticket: this.#begin(options.challenge, undefined), ...options }
  }

  /** @returns the passkey's new counter. @throws SenError `SEN_UNAUTHENTICATED` if the answer does not fit. */
  async authenticate(
    site: Site,
    ticket: string,
    response: AuthenticationResponseJSON,
    passkey: Passkey | undefined
  ): Promise<number> {
    const { challenge } = this.#take(ticket, undefined)
    if (!passkey) return refused()
    const result = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: relyingPartyOf(site),
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
        transports: [...passkey.transports] as AuthenticatorTransport[]
      }
    }).catch(refused)
    return result.verified ? result.authenticationInfo.newCounter : refused()
  }

  #begin(challenge: string, person: number | undefined): string {
    const ticket = randomUUID()
    this.#open.set(ticket, { challenge, person })
    return ticket
  }

  /** A ticket is good once. */
  #take(ticket: string, person: number | undefined): Ceremony {
    const ceremony = this.#open.get(ticket)
    this.#open.delete(ticket)
    if (!ceremony || ceremony.person !== person) return refused()
    return ceremony
  }
}

/** @throws SenError `SEN_INPUT_INVALID` at an address that is no name: WebAuthn allows none for numbers. */
function relyingPartyOf({ origin }: Site): string {
  const { hostname } = new URL(origin)
  if (isIP(hostname.replace(/^\[|\]$/g, '')) === 0) return hostname
  throw new SenError('SEN_INPUT_INVALID', `use passkey at ${origin}: passkeys need a host name, not a number`, {
    hint: 'Reach Sen under a name (SEN_PUBLIC_URL), or use password and one-time code, or PIN.'
  })
}

function refused(): never {
  throw new SenError('SEN_UNAUTHENTICATED', 'check passkey: it does not fit')
}
