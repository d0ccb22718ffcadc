import { grant } from './grant.ts'
import type { Ask, Http } from './http.ts'
import { list, number, object, oneOf, optional, text, flag } from './shape.ts'
import { authenticationOptions, type PasskeyAnswer } from './passkey.ts'

/** Who is signed in, and what is still asked of them. `step` other than `none`: only the own account answers until it is done. */
export const signedIn = object({
  actor: object({
    id: text,
    name: text,
    kind: oneOf('person', 'display', 'visitor', 'token'),
    organisation: optional(text),
    organisationName: optional(text),
    grants: list(grant),
    actions: list(text)
  }),
  step: oneOf('none', 'second-factor', 'change-password'),
  via: oneOf('password', 'passkey', 'device', 'token', 'demo'),
  /** Without a person's doing for this long, seconds, the server ends the session. */
  idleAfterS: optional(number),
  /** The enrolled phone or display that opened it. */
  device: optional(text)
})
export type SignedIn = ReturnType<typeof signedIn>

export interface PasswordEntry {
  readonly login: string
  readonly password: string
  /** Six digits of the authenticator, or a recovery code. */
  readonly code?: string
}

const entry: Ask = { isEntry: true }

/** Signing in and out. Refusals of what was entered are `ApiError` 401 with `SEN_UNAUTHENTICATED` or `SEN_SECOND_FACTOR`. */
export class SessionApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Rejects with `ApiError` 401 if nobody is signed in. */
  async current(ask: { readonly isBackground?: boolean } = {}): Promise<SignedIn> {
    return signedIn(await this.#http.get('session', { ...ask, isEntry: true }), 'session')
  }

  async isSetupNeeded(): Promise<boolean> {
    return object({ needed: flag })(await this.#http.get('setup', { ...entry, isBackground: true }), 'setup').needed
  }

  /** Makes the first administrator; `code` was printed on the server's terminal. */
  async setUp(first: {
    readonly code: string
    readonly name: string
    readonly login: string
    readonly password: string
  }) {
    return signedIn(await this.#http.post('setup', first, entry), 'session')
  }

  async withPassword(who: PasswordEntry): Promise<SignedIn> {
    return signedIn(await this.#http.post('session/password', who, entry), 'session')
  }

  /** @returns what the browser's authenticator is asked, and the ticket that belongs to it. */
  async passkeyOptions() {
    const answer = await this.#http.post('session/passkey/options', {}, entry)
    const { ticket } = object({ ticket: text })(answer, 'passkey options')
    return { ticket, options: authenticationOptions(answer, 'passkey options') }
  }

  async withPasskey(ticket: string, response: PasskeyAnswer): Promise<SignedIn> {
    return signedIn(await this.#http.post('session/passkey', { ticket, response }, entry), 'session')
  }

  async withToken(token: string): Promise<SignedIn> {
    await this.#http.post('session', { token }, entry)
    return this.current()
  }

  async deviceChallenge(device: string, isBackground: boolean): Promise<string> {
    const answer = await this.#http.post('session/device/challenge', { device }, { isEntry: true, isBackground })
    return object({ challenge: text })(answer, 'challenge').challenge
  }

  /** @param proof - the challenge, signed by the enrolled device; a phone adds its person's PIN. */
  async withDevice(
    proof: {
      readonly device: string
      readonly challenge: string
      readonly signature: string
      readonly pin?: string
    },
    isBackground: boolean
  ): Promise<SignedIn> {
    return signedIn(await this.#http.post('session/device', proof, { isEntry: true, isBackground }), 'session')
  }

  async end(): Promise<void> {
    await this.#http.delete('session', undefined, entry)
  }
}
