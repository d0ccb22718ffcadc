import type { Http } from './http.ts'
import { signedIn, type SignedIn } from './session.ts'
import { object, oneOf, text } from './shape.ts'

/** Who was invited, what for, and what they are asked to agree to. */
const opened = object({
  ticket: text,
  person: object({ name: text, organisationName: text }),
  wants: oneOf('phone', 'console'),
  consent: object({ version: text, vi: text, en: text })
})
export type OpenedEnrolment = ReturnType<typeof opened>

/** How an invited person says which invitation is theirs: the link's secret, or the phone number it was sent to. */
export type InvitationProof = { readonly secret: string } | { readonly phone: string }

export interface PhoneEnrolment {
  readonly ticket: string
  readonly consent: string
  readonly publicKey: JsonWebKey
  readonly deviceName: string
  readonly pin: string
}

export interface ConsoleEnrolment {
  readonly ticket: string
  readonly consent: string
  readonly login: string
  readonly password: string
}

/** How an invited person comes in. */
export class EnrolmentApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** @param code - the eight digits of the one-time code. */
  async open(proof: InvitationProof, code: string): Promise<OpenedEnrolment> {
    return opened(await this.#http.post('enrolment/open', { ...proof, code }, { isEntry: true }), 'enrolment')
  }

  /** @returns the session, with the id that the phone has from now on. */
  async phone(enrolment: PhoneEnrolment): Promise<{ readonly session: SignedIn; readonly device: string }> {
    const answer = await this.#http.post('enrolment/phone', enrolment, { isEntry: true })
    return { session: signedIn(answer, 'session'), device: object({ device: text })(answer, 'session').device }
  }

  async console(enrolment: ConsoleEnrolment): Promise<SignedIn> {
    return signedIn(await this.#http.post('enrolment/console', enrolment, { isEntry: true }), 'session')
  }
}
