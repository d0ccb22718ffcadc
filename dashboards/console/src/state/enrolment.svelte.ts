import type { EnrolmentApi, InvitationProof, OpenedEnrolment } from '../api/enrolment.ts'
import type { SignedIn } from '../api/session.ts'
import { newKeyPair, publicJwk, type DeviceKey } from './device-key.ts'

export type EnrolmentStage = 'code' | 'consent' | 'details' | 'enrolled'

export interface EnrolmentProps {
  readonly api: EnrolmentApi
  /** Keeps the phone's key; rejects where the browser cannot. */
  readonly keep: (key: DeviceKey) => Promise<void>
}

/** The way of an invited person: one-time code, consent, then the phone's PIN or a user name and password. */
export class Enrolment {
  stage: EnrolmentStage = $state('code')
  opened: OpenedEnrolment | undefined = $state.raw()
  /** The session that the server has opened, once enrolled. */
  session: SignedIn | undefined = $state.raw()
  readonly #props: EnrolmentProps
  /** One pair for all tries: an answer that was lost on the way did no harm. */
  #keys: CryptoKeyPair | undefined

  constructor(props: EnrolmentProps) {
    this.#props = props
  }

  /** @param code - eight digits; what people put between them does not count. */
  async open(proof: InvitationProof, code: string): Promise<void> {
    this.opened = await this.#props.api.open(proof, code.replace(/\D/g, ''))
    this.stage = 'consent'
  }

  agree(): void {
    this.stage = 'details'
  }

  back(): void {
    if (this.stage === 'details') this.stage = 'consent'
  }

  async enrolPhone(deviceName: string, pin: string): Promise<void> {
    const { ticket, consent } = this.#invitation()
    this.#keys ??= await newKeyPair()
    const { privateKey, publicKey } = this.#keys
    const { session, device } = await this.#props.api.phone({
      ticket,
      consent: consent.version,
      publicKey: await publicJwk(publicKey),
      deviceName,
      pin
    })
    await this.#props.keep({ device, privateKey, publicKey })
    this.#enter(session)
  }

  async enrolConsole(login: string, password: string): Promise<void> {
    const { ticket, consent } = this.#invitation()
    this.#enter(await this.#props.api.console({ ticket, consent: consent.version, login, password }))
  }

  #enter(session: SignedIn): void {
    this.session = session
    this.stage = 'enrolled'
  }

  #invitation(): OpenedEnrolment {
    if (!this.opened) throw new Error('enrol: the invitation is not open yet')
    return this.opened
  }
}
