import { enrolledDevice, type EnrolledDevice } from './account.ts'
import { grant, type WantedGrant } from './grant.ts'
import type { Http } from './http.ts'
import { queryOf, type Slice } from './pages.ts'
import { type Parse, flag, instant, key, list, number, object, oneOf, optional, text } from './shape.ts'

export const personKinds = ['administrator', 'operational', 'technical', 'service'] as const
export type PersonKind = (typeof personKinds)[number]
export const personStates = ['invited', 'active', 'disabled'] as const
export type PersonState = (typeof personStates)[number]

const shared = {
  id: key,
  name: text,
  login: optional(text),
  phone: optional(text),
  email: optional(text),
  kind: oneOf(...personKinds),
  organisation: text,
  organisationName: optional(text),
  state: oneOf(...personStates),
  isLocked: flag,
  lockedUntil: optional(instant),
  lastSeenAt: optional(instant),
  grants: list(grant),
  hasSecondFactor: flag
}

const listed = object({ ...shared, devices: number })
export type ListedPerson = ReturnType<typeof listed>

const devicesOrCount: Parse<readonly EnrolledDevice[] | number> = (value, path) =>
  typeof value === 'number' ? value : list(enrolledDevice)(value, path)

/** One person with the phones that are theirs, or how many they are if the session may not see them. */
const person = object({ ...shared, devices: devicesOrCount })
export type Person = ReturnType<typeof person>

/** What an invited person needs: the link (`qr` is an SVG picture of it), and the code that travels another way. */
const invitation = object({ url: text, qr: text, code: text, expiresAt: instant })
export type Invitation = ReturnType<typeof invitation>
export type InvitationWants = 'phone' | 'console'

export interface PeopleQuery {
  readonly query?: string
  readonly organisation?: string
  readonly state?: string
  readonly limit: number
  readonly cursor: string | undefined
}

export interface NewPerson {
  readonly name: string
  readonly phone?: string
  readonly email?: string
  readonly kind: PersonKind
  readonly organisation: string
  readonly grants: readonly WantedGrant[]
  readonly invite: InvitationWants
}

export interface PersonChange {
  readonly name?: string
  readonly phone?: string | null
  readonly email?: string | null
  readonly kind?: PersonKind
  readonly organisation?: string
  readonly state?: 'active' | 'disabled'
}

const slice = object({ items: list(listed), cursor: optional(key), total: number })

/** Administering people: everything is written to the audit log by the server. */
export class PeopleApi {
  /** Downloads the list for the half-yearly review of accounts and rights, as CSV. */
  readonly reviewUrl = '/api/v1/people/review'
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(wanted: PeopleQuery, signal: AbortSignal): Promise<Slice<ListedPerson> & { readonly total: number }> {
    return slice(await this.#http.get(`people${queryOf({ ...wanted })}`, { signal }), 'people')
  }

  async get(id: string, signal: AbortSignal): Promise<Person> {
    const answer = await this.#http.get(`people/${encodeURIComponent(id)}`, { signal })
    return person(answer, 'person')
  }

  /** @param once - the same key again adds the person once. */
  async add(
    wanted: NewPerson,
    once: string
  ): Promise<{ readonly person: { readonly id: string }; readonly invitation: Invitation }> {
    const answer = await this.#http.post('people', wanted, { idempotencyKey: once })
    return object({ person: object({ id: key }), invitation })(answer, 'new person')
  }

  async change(id: string, change: PersonChange): Promise<void> {
    await this.#http.patch(`people/${encodeURIComponent(id)}`, change)
  }

  async setGrants(id: string, grants: readonly WantedGrant[]): Promise<void> {
    await this.#http.put(`people/${encodeURIComponent(id)}/grants`, { grants })
  }

  async invite(id: string, wants: InvitationWants): Promise<Invitation> {
    return invitation(await this.#http.post(`people/${encodeURIComponent(id)}/invitations`, { wants }), 'invitation')
  }

  /** Opens an account that wrong tries have locked, before its time. */
  async unlock(id: string, reason: string): Promise<void> {
    await this.#http.post(`people/${encodeURIComponent(id)}/unlock`, { reason })
  }

  async removeDevice(id: string, device: string): Promise<void> {
    await this.#http.delete(`people/${encodeURIComponent(id)}/devices/${encodeURIComponent(device)}`)
  }

  async endSessions(id: string): Promise<void> {
    await this.#http.delete(`people/${encodeURIComponent(id)}/sessions`)
  }
}
