import type { Identity } from '../../ingest/broker/access.ts'
import type { Credential } from '../../storage/state/state-store.ts'
import { hashOf, isSameHash } from './secrets.ts'

const nobody = hashOf('no such credential')

/** Every machine credential in memory, so that a CONNECT costs one hash and no database. */
export class CredentialBook {
  readonly #byUsername = new Map<string, Credential[]>()
  readonly #listeners: ((username: string) => void)[] = []

  constructor(credentials: Iterable<Credential> = []) {
    for (const credential of credentials) this.add(credential)
  }

  add(credential: Credential): void {
    const present = this.#byUsername.get(credential.username) ?? []
    this.#byUsername.set(credential.username, [...present, credential])
  }

  /** No login of this user name is good any more. */
  remove(username: string): void {
    this.#byUsername.delete(username)
    for (const listener of this.#listeners) listener(username)
  }

  /** Every login of the user name. */
  of(username: string): readonly Credential[] {
    return this.#byUsername.get(username) ?? []
  }

  /** The login whose hash begins so is not good any more; who is in by the name has to come again. */
  removeOne(username: string, hashStart: string): void {
    const left = this.of(username).filter(({ secretHash }) => !secretHash.startsWith(hashStart))
    if (left.length > 0) this.#byUsername.set(username, left)
    else this.#byUsername.delete(username)
    for (const listener of this.#listeners) listener(username)
  }

  /** Calls back after each removal, so that who is in by it can be sent away. */
  onRemoved(listener: (username: string) => void): void {
    this.#listeners.push(listener)
  }

  /** @returns who it is, in the same time whether the user name or the password is wrong. */
  identify(username: string, password: string | Uint8Array): Identity | undefined {
    const hash = hashOf(password)
    const candidates = this.#byUsername.get(username)
    if (!candidates) {
      isSameHash(hash, nobody)
      return undefined
    }
    const found = candidates.find(({ secretHash }) => isSameHash(hash, secretHash))
    return found && { kind: found.kind, subject: found.subject, username: found.username }
  }
}
