import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { consent } from '../../server/auth/consent.ts'
import type { Answer, Asked } from './client.ts'
import type { SecuredSen } from './secured-sen.fixture.ts'

/** A browser or device that is signed in, and what it was given for that. */
export interface SignedIn {
  readonly person: number
  readonly headers: { readonly cookie: string }
  /** What must never be seen again. */
  readonly secrets: readonly string[]
}

/** A phone or screen with its key. */
export interface KeyHolder {
  readonly id: string
  readonly key: KeyObject
}

const password = 'Bốn mùa lúa chín vàng 7!'
export const pin = '281934'

/** People and screens come in by the ways they do: invitation and code, password, phone, pairing. */
export class Enrolled {
  readonly #secured: SecuredSen
  #count = 0

  constructor(secured: SecuredSen) {
    this.#secured = secured
  }

  /** Asks as the administrator. @throws Error unless the answer has this status. */
  async must(status: number, method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
    const headers = { authorization: `Bearer ${this.#secured.token}` }
    const answer = await this.#secured.ask(`/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) })
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return answer.body === '' ? {} : (JSON.parse(answer.body) as Readonly<Record<string, unknown>>)
  }

  async ask(path: string, asked: Asked = {}): Promise<Answer> {
    return this.#secured.ask(`/api/v1${path}`, asked)
  }

  /** A person with a password, signed in. */
  async console(
    role: string,
    organisation: string
  ): Promise<SignedIn & { readonly login: string; readonly password: string }> {
    const { person, ticket, secrets } = await this.#invited('console', role, organisation)
    const login = `nguoi-${person}`
    const given = { ticket, consent: consent.version, login, password }
    const answer = await this.ask('/enrolment/console', { method: 'POST', body: given })
    const headers = cookieOf(answer)
    return { person, login, password, headers, secrets: [...secrets, password, secretOf(headers)] }
  }

  /** A person with a phone, signed in on it. */
  async phone(role: string, organisation: string): Promise<SignedIn & KeyHolder> {
    const { person, ticket, secrets } = await this.#invited('phone', role, organisation)
    const { key, publicKey } = newKey()
    const given = { ticket, consent: consent.version, publicKey, deviceName: 'Máy của tôi', pin }
    const answer = await this.ask('/enrolment/phone', { method: 'POST', body: given })
    const headers = cookieOf(answer)
    const { device } = JSON.parse(answer.body) as { readonly device: string }
    return { id: device, key, person, headers, secrets: [...secrets, pin, secretOf(headers)] }
  }

  /** A wall display, let in and signed in. */
  async display(organisation: string): Promise<SignedIn & KeyHolder> {
    const { key, publicKey } = newKey()
    const begun = await this.ask('/displays/pairings', { method: 'POST', body: { publicKey } })
    const { code } = JSON.parse(begun.body) as { readonly code: string }
    const { id } = await this.must(201, 'POST', '/displays', { code, name: 'Màn hình', organisation })
    const holder = { id: String(id), key }
    const headers = cookieOf(await this.signIn(holder))
    return { ...holder, person: 0, headers, secrets: [code, secretOf(headers)] }
  }

  /** Signs a challenge, as a phone or screen does. */
  async signIn({ id: device, key }: KeyHolder, withPin?: string): Promise<Answer> {
    const asked = await this.ask('/session/device/challenge', { method: 'POST', body: { device } })
    const { challenge } = JSON.parse(asked.body) as { readonly challenge: string }
    const text = Buffer.from(`sen-device-v1:${device}:${challenge}`)
    const signature = sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    const body = { device, challenge, signature, ...(withPin !== undefined && { pin: withPin }) }
    return this.ask('/session/device', { method: 'POST', body })
  }

  async #invited(invite: 'phone' | 'console', role: string, organisation: string) {
    const number = ++this.#count
    const { person, invitation } = await this.must(201, 'POST', '/people', {
      ...{ name: `Người ${number}`, organisation, grants: [{ role, organisation }], invite },
      phone: `09120000${String(number).padStart(2, '0')}`
    })
    const { url, code } = invitation as { readonly url: string; readonly code: string }
    const secret = /k=(.+)$/.exec(url)?.[1] ?? ''
    const opened = await this.ask('/enrolment/open', { method: 'POST', body: { secret, code } })
    const { ticket } = JSON.parse(opened.body) as { readonly ticket: string }
    return { person: (person as { readonly id: number }).id, ticket, secrets: [secret, code, ticket] }
  }
}

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  return { key: privateKey, publicKey: { kty, crv, x, y } }
}

/** @returns the session that an answer opened, as a browser sends it back. @throws Error if it opened none. */
export function cookieOf({ status, headers, body }: Answer): { readonly cookie: string } {
  const cookie = [headers['set-cookie'] ?? []].flat().find(one => one.startsWith('__Host-sen_session='))
  if (status >= 300 || cookie === undefined) throw new Error(`open session: ${status} ${body}`)
  return { cookie: cookie.split(';')[0] ?? '' }
}

const secretOf = ({ cookie }: { readonly cookie: string }): string => cookie.split('=')[1] ?? ''
