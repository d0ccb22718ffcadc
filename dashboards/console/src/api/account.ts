import type { Http } from './http.ts'
import { registrationOptions, type NewPasskey } from './passkey.ts'
import { flag, instant, key, list, number, object, oneOf, optional, text } from './shape.ts'

const passkey = object({ id: key, name: text, createdAt: instant, lastUsedAt: optional(instant) })

/** An enrolled phone or wall display. */
export const enrolledDevice = object({
  id: key,
  name: text,
  kind: oneOf('phone', 'display'),
  createdAt: instant,
  lastUsedAt: optional(instant)
})
export type EnrolledDevice = ReturnType<typeof enrolledDevice>

/** One's own account. */
const account = object({
  id: key,
  name: text,
  login: optional(text),
  phone: optional(text),
  email: optional(text),
  organisation: optional(text),
  hasPassword: flag,
  passwordExpiresAt: optional(instant),
  secondFactors: object({ totp: flag, recoveryCodesLeft: number, passkeys: list(passkey) }),
  devices: list(enrolledDevice),
  sessions: list(
    object({
      id: key,
      via: text,
      address: optional(text),
      createdAt: instant,
      lastSeenAt: optional(instant),
      isThis: flag
    })
  )
})
export type Account = ReturnType<typeof account>

const recovery = object({ recoveryCodes: list(text) })
/** `qr` is an SVG picture of `uri`. */
const totp = object({ secret: text, uri: text, qr: text })
export type TotpSecret = ReturnType<typeof totp>

/** What people do with their own account. */
export class AccountApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async get(signal?: AbortSignal): Promise<Account> {
    return account(await this.#http.get('account', { signal }), 'account')
  }

  async changePassword(current: string, next: string): Promise<void> {
    await this.#http.post('account/password', { current, next })
  }

  async beginTotp(): Promise<TotpSecret> {
    return totp(await this.#http.post('account/totp', {}), 'totp')
  }

  /** @returns the recovery codes, which are told only now. */
  async confirmTotp(code: string): Promise<readonly string[]> {
    return recovery(await this.#http.post('account/totp/confirm', { code }), 'totp').recoveryCodes
  }

  async removeTotp(code: string): Promise<void> {
    await this.#http.delete('account/totp', { code })
  }

  /** @returns new recovery codes; those before are void. */
  async renewRecoveryCodes(code: string): Promise<readonly string[]> {
    return recovery(await this.#http.post('account/recovery-codes', { code }), 'recovery codes').recoveryCodes
  }

  async passkeyOptions() {
    const answer = object({ ticket: text, options: registrationOptions })
    return answer(await this.#http.post('account/passkeys/options', {}), 'passkey options')
  }

  async addPasskey(ticket: string, name: string, response: NewPasskey): Promise<void> {
    await this.#http.post('account/passkeys', { ticket, name, response })
  }

  async removePasskey(id: string): Promise<void> {
    await this.#http.delete(`account/passkeys/${encodeURIComponent(id)}`)
  }

  async removeDevice(id: string): Promise<void> {
    await this.#http.delete(`account/devices/${encodeURIComponent(id)}`)
  }

  async endSession(id: string): Promise<void> {
    await this.#http.delete(`account/sessions/${encodeURIComponent(id)}`)
  }
}
