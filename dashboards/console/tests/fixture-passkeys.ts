import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type WebAuthnCredential
} from '@simplewebauthn/server'
import type { FixturePerson } from './fixture-people.ts'

type Body = Readonly<Record<string, unknown>>

const rpID = 'localhost'

/** Passkeys of the fixture's people; signatures are truly checked. */
export class FixturePasskeys {
  readonly #known = new Map<string, { readonly person: FixturePerson; readonly credential: WebAuthnCredential }>()
  readonly #challenges = new Map<string, string>()
  #serial = 0

  async askForOne(): Promise<object> {
    const options = await generateAuthenticationOptions({ rpID, userVerification: 'required' })
    return { ...options, ticket: this.#ticket(options.challenge) }
  }

  async askForNew(person: FixturePerson): Promise<object> {
    const options = await generateRegistrationOptions({
      rpName: 'Sen',
      rpID,
      userName: person.login ?? person.name,
      userDisplayName: person.name,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' }
    })
    return { ticket: this.#ticket(options.challenge), options }
  }

  /** @returns whose passkey answered, undefined if it is nobody's. */
  async personOf(body: Body, origin: string): Promise<FixturePerson | undefined> {
    const response = body['response'] as Parameters<typeof verifyAuthenticationResponse>[0]['response']
    const known = this.#known.get(response.id)
    if (!known) return undefined
    const { verified } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: this.#challenges.get(String(body['ticket'])) ?? '',
      expectedOrigin: origin,
      expectedRPID: rpID,
      credential: known.credential
    })
    return verified ? known.person : undefined
  }

  /** @returns whether it was made as it was asked for. */
  async add(person: FixturePerson, body: Body, origin: string): Promise<boolean> {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: body['response'] as Parameters<typeof verifyRegistrationResponse>[0]['response'],
      expectedChallenge: this.#challenges.get(String(body['ticket'])) ?? '',
      expectedOrigin: origin,
      expectedRPID: rpID
    })
    if (!registrationInfo) return false
    const { credential } = registrationInfo
    this.#known.set(credential.id, { person, credential })
    return true
  }

  of(person: FixturePerson): readonly object[] {
    return [...this.#known]
      .filter(([, known]) => known.person === person)
      .map(([id]) => ({ id, name: 'Android', createdAt: new Date().toISOString(), lastUsedAt: null }))
  }

  #ticket(challenge: string): string {
    const ticket = `ticket-${++this.#serial}`
    this.#challenges.set(ticket, challenge)
    return ticket
  }
}
