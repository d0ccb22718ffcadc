import type { AuditEntry, AuditQuery, AuditRecord, AuditVerdict } from '../../model/audit.ts'
import type { AccountKind, Grant, Person, PersonState } from '../../model/person.ts'

/** A person with the secrets that stand for it. Stays inside the server. */
export interface Account extends Person {
  /** PHC string of argon2id, or `undefined` for who has no password. */
  readonly passwordHash: string | undefined
  readonly passwordChangedAt: number | undefined
  /** The authenticator's secret, sealed with the key file; `undefined` where none is confirmed. */
  readonly totpSecret: string | undefined
  /** Time step of the last code that was taken: no code is good twice. */
  readonly totpStep: number
  readonly consentVersion: string | undefined
  readonly consentAt: number | undefined
  readonly recoveryCodesLeft: number
  readonly passkeys: number
}

export type NewPerson = Pick<
  Person,
  'name' | 'login' | 'phone' | 'email' | 'kind' | 'organisation' | 'state' | 'grants'
>

/** Fields that change together; what is left out stays. `null` empties a field. */
export interface AccountChange {
  readonly name?: string
  readonly login?: string | null
  readonly phone?: string | null
  readonly email?: string | null
  readonly kind?: AccountKind
  readonly organisation?: string
  readonly state?: PersonState
  readonly totpSecret?: string | null
  readonly totpStep?: number
  readonly consentVersion?: string
  readonly consentAt?: number
  readonly lastSeenAt?: number
}

export interface PeopleQuery {
  /** Part of the name, login, phone or mail address, without regard to case and accents. */
  readonly query?: string | undefined
  readonly state?: PersonState | undefined
  /** Only people of these organisations; of all where left out. */
  readonly organisations?: readonly string[] | undefined
  /** Only people with a greater id, for paging. */
  readonly after?: number | undefined
  readonly limit: number
}

export interface PeoplePage {
  readonly items: readonly (Person & { readonly hasSecondFactor: boolean; readonly devices: number })[]
  /** How many there are in all pages. */
  readonly total: number
}

/** A WebAuthn credential (W3C WebAuthn Level 3). */
export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string
  readonly person: number
  /** COSE key, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly name: string
  /** The enrolled phone that it unlocks, where it was added there. */
  readonly device: string | undefined
  readonly createdAt: number
  readonly lastUsedAt: number | undefined
}

/** A phone or a wall display with a key of its own that never leaves it. */
export interface EnrolledDevice {
  readonly id: string
  readonly kind: 'phone' | 'display'
  /** Whose phone it is. */
  readonly person: number | undefined
  /** What the display shows: the subtree of this organisation. */
  readonly organisation: string | undefined
  readonly name: string
  /** ECDSA P-256 public key as JWK (RFC 7517), JSON text. */
  readonly publicKey: string
  /** PHC string of the PIN; a display has none. */
  readonly pinHash: string | undefined
  readonly wrongPins: number
  readonly createdAt: number
  readonly lastUsedAt: number | undefined
}

/** How a person without mail address comes in for the first time, or again after a loss. */
export interface Invitation {
  readonly id: number
  readonly person: number
  readonly wants: 'phone' | 'console'
  /** SHA-256 of the secret in the link, hex. */
  readonly secretHash: string
  /** SHA-256 of the secret and the 8-digit code together, hex: the code alone is short enough to be guessed. */
  readonly codeHash: string
  readonly salt: string
  readonly wrongCodes: number
  readonly createdAt: number
  readonly expiresAt: number
}

/** A browser's session. Only the SHA-256 of its secret is kept. */
export interface SessionRow {
  readonly hash: string
  readonly person: number | undefined
  readonly device: string | undefined
  readonly token: number | undefined
  readonly via: 'password' | 'passkey' | 'device' | 'token'
  readonly address: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** A role that an administrator defined. */
export interface CustomRole {
  readonly id: string
  readonly name: { readonly vi: string; readonly en: string }
  readonly actions: readonly string[]
}

/** Password login of a name is closed until then, whether or not somebody has that name. */
export interface LoginLock {
  readonly login: string
  readonly until: number
}

/**
 * People, what lets them in, their roles and sessions, and the audit log. Every change is kept together with its line of the
 * audit log, or not at all.
 *
 * Throws `SEN_STATE_FAILED`; `SEN_CONFLICT` where a login, phone number or name is taken; `SEN_NOT_FOUND` for a person that is
 * not there.
 */
export interface PeopleStore {
  /** @returns the person's id, which no other person ever had. */
  addPerson(person: NewPerson, at: number, audit: AuditEntry): Promise<number>
  changePerson(id: number, change: AccountChange, audit?: AuditEntry): Promise<void>
  /** An invitation that is open ends: it was for the rights of before. */
  setGrants(id: number, grants: readonly Grant[], audit: AuditEntry): Promise<void>
  account(id: number): Promise<Account | undefined>
  accountByLogin(login: string): Promise<Account | undefined>
  accountByPhone(phone: string): Promise<Account | undefined>
  people(query: PeopleQuery): Promise<PeoplePage>
  countPeople(): Promise<number>
  /** People who may come in, and have not been in since then. */
  idlePeople(since: number): Promise<readonly number[]>

  /** Keeps the newest `history` hashes, this one included. */
  setPassword(id: number, hash: string, at: number, history: number, audit: AuditEntry): Promise<void>
  /** Hashes of passwords that the person had, newest first. */
  passwordHistory(id: number): Promise<readonly string[]>
  /**
   * Takes the time step of a one-time code, if no step as late was taken before.
   * @returns whether it was taken: of two at once one is not.
   */
  takeTotpStep(id: number, step: number): Promise<boolean>
  /** Ends all earlier codes. */
  setRecoveryCodes(id: number, hashes: readonly string[], audit: AuditEntry): Promise<void>
  /** @returns whether the code was there; it is not good again. */
  useRecoveryCode(id: number, hash: string): Promise<boolean>

  addPasskey(passkey: Passkey, audit: AuditEntry): Promise<void>
  passkey(id: string): Promise<Passkey | undefined>
  passkeys(person: number): Promise<readonly Passkey[]>
  usePasskey(id: string, counter: number, at: number): Promise<void>
  /** @returns whether this person had it. */
  removePasskey(person: number, id: string, audit: AuditEntry): Promise<boolean>

  addDevice(device: EnrolledDevice, audit: AuditEntry): Promise<void>
  device(id: string): Promise<EnrolledDevice | undefined>
  devices(whose: { readonly person: number } | { readonly kind: 'display' }): Promise<readonly EnrolledDevice[]>
  /** Its PIN was right: it is counted anew. */
  useDevice(id: string, at: number): Promise<void>
  /** Counts a try before it is looked at, so that none of many at once goes uncounted. @returns how many in a row. */
  tryPin(id: string): Promise<number>
  /** Its sessions and the passkeys that unlock it end too. @returns whether it was there. */
  removeDevice(id: string, audit: AuditEntry): Promise<boolean>

  /** Remembers a browser in which this person has logged in. @param hash - SHA-256 of its cookie, hex. */
  addBrowser(hash: string, person: number, at: number): Promise<void>
  /** @returns whose browser it is. */
  browser(hash: string): Promise<number | undefined>
  removeBrowser(hash: string): Promise<void>
  /** No browser is known as this person's any more. */
  removeBrowsers(person: number): Promise<void>

  /** Ends the person's earlier invitations. @returns its id. */
  invite(invitation: Omit<Invitation, 'id' | 'wrongCodes'>, audit: AuditEntry): Promise<number>
  invitationBySecret(secretHash: string): Promise<Invitation | undefined>
  invitationOf(person: number): Promise<Invitation | undefined>
  /** Counts a try before it is looked at. @returns how many there have been. */
  tryInvitation(id: number): Promise<number>
  /** @returns whether it was still there: it is good once. */
  useInvitation(id: number): Promise<boolean>

  sessions(): Promise<readonly SessionRow[]>
  addSession(session: SessionRow, audit?: AuditEntry): Promise<void>
  touchSessions(seen: readonly { readonly hash: string; readonly at: number }[]): Promise<void>
  removeSessions(hashes: readonly string[], audit?: AuditEntry): Promise<void>

  locks(): Promise<readonly LoginLock[]>
  lock(lock: LoginLock, audit: AuditEntry): Promise<void>
  /** @returns whether it was there. */
  unlock(login: string, audit: AuditEntry): Promise<boolean>

  roles(): Promise<readonly CustomRole[]>
  putRole(role: CustomRole, audit: AuditEntry): Promise<void>
  /** `SEN_CONFLICT` while somebody has it. */
  removeRole(id: string, audit: AuditEntry): Promise<void>

  audit(entries: readonly AuditEntry[]): Promise<void>
  /** Newest first. */
  auditRecords(query: AuditQuery): Promise<readonly AuditRecord[]>
  /** Follows the whole chain. */
  verifyAudit(): Promise<AuditVerdict>
  /** Removes lines from before then, and keeps the proof that only whole beginnings go. */
  trimAudit(before: number): Promise<number>
}
