import { createContext } from 'svelte'
import type { Access } from '../api/access.ts'
import { backoffMs } from '../api/backoff.ts'
import { ApiError } from '../api/problem.ts'
import type { SignedIn } from '../api/session.ts'
import { signChallenge, type DeviceKey } from './device-key.ts'
import type { DeviceKeyStore } from './device-key-store.ts'
import { failureOf, type Failure } from './failure.ts'
import { Idle } from './idle.ts'
import { retryFailed } from './loaded.svelte.ts'
import type { PhoneLock } from './phone-lock.ts'

/** How the page stands to the person before it. */
export type Standing =
  | { readonly kind: 'asking'; readonly failure?: Failure }
  | { readonly kind: 'nobody'; readonly isSetupNeeded: boolean }
  | { readonly kind: 'somebody' }
  /** Somebody was here and must show that they still are; what they were doing waits behind the lock. */
  | { readonly kind: 'locked' }

export interface SessionProps {
  readonly access: Access
  readonly keys: DeviceKeyStore
  readonly lock: PhoneLock
  /** Wall time, ms since the epoch. */
  readonly now: () => number
  /** Somebody has left, or another came in their place: nothing of the one before may stay on the page. */
  readonly onLeft: () => void
}

const inputs = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const

/** Who uses the page, what they may do, and when they must show again who they are. */
export class Session {
  standing: Standing = $state.raw({ kind: 'asking' })
  /** Who is here, or was before the lock. */
  signedIn: SignedIn | undefined = $state.raw()
  /** Whether somebody is here and nothing stands between them and their work. */
  readonly isOpen: boolean = $derived(this.standing.kind === 'somebody' && this.signedIn?.step === 'none')
  /** The key of this browser, if it is an enrolled phone. */
  phone: DeviceKey | undefined = $state.raw()
  /** The server knows this phone no more; it must be enrolled again. */
  isPhoneRevoked = $state(false)
  /** The session ends so soon for want of input, ms; absent: not soon. */
  endsInMs: number | undefined = $state()

  readonly #props: SessionProps
  readonly #idle: Idle
  /** The answer to the last sign-out takes the cookie away: whoever comes in next waits for it. */
  #ending: Promise<void> = Promise.resolve()
  #doubt: Promise<void> | undefined

  constructor(props: SessionProps) {
    this.#props = props
    this.#idle = new Idle({
      touch: () => void this.refresh().catch(() => {}),
      check: () => void this.refresh({ isBackground: true }).catch(() => {})
    })
  }

  may(action: string): boolean {
    return this.isOpen && this.signedIn?.actor.actions.includes(action) === true
  }

  /** Finds out who is here, and watches over it. @returns what ends it. */
  start(): () => void {
    const stopped = new AbortController()
    const second = setInterval(() => this.#tick(), 1_000)
    for (const input of inputs)
      window.addEventListener(input, () => this.#input(), { passive: true, capture: true, signal: stopped.signal })
    document.addEventListener('visibilitychange', () => this.#seen(), { signal: stopped.signal })
    window.addEventListener('online', retryFailed, { signal: stopped.signal })
    stopped.signal.addEventListener('abort', () => clearInterval(second))
    void this.#begin(stopped.signal)
    return () => stopped.abort()
  }

  /** Asks who is here now; rejects as `Http` does, but for 401, after which nobody is. */
  async refresh(ask: { readonly isBackground?: boolean } = {}): Promise<void> {
    try {
      const found = await this.#props.access.session.current(ask)
      if (this.standing.kind === 'somebody') this.#keep(found, ask.isBackground !== true)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      this.ended()
    }
  }

  /** A person came in by whatever door. */
  entered(next: SignedIn): void {
    const before = this.signedIn?.actor
    this.#props.lock.seen(this.#props.now())
    if (before && hasOwnThings(before) && before.id !== next.actor.id && next.actor.kind !== 'display')
      return this.#props.onLeft()
    this.#keep(next, true)
    this.standing = { kind: 'somebody' }
    retryFailed()
  }

  /** Something was refused for want of a session: asks whether there still is one. */
  doubt(): void {
    this.#doubt ??= this.refresh({ isBackground: true })
      .catch(() => {})
      .finally(() => (this.#doubt = undefined))
  }

  /** The server knows the session no more. */
  ended(): void {
    if (this.standing.kind !== 'somebody') return
    this.endsInMs = undefined
    // Visitors of the demo and tokens have nothing to come back to.
    const isPerson = this.signedIn?.actor.kind === 'person'
    this.standing = isPerson ? { kind: 'locked' } : { kind: 'nobody', isSetupNeeded: false }
  }

  /** Rejects if the server could not be told: the page leaves only a session that it knows to be ended. */
  async signOut(): Promise<void> {
    await this.#props.access.session.end()
    this.#props.onLeft()
  }

  /** Goes from the lock to the door. */
  leave(): void {
    this.#props.onLeft()
  }

  /** Opens a session with this phone's key and its person's PIN. */
  async unlock(pin: string): Promise<void> {
    if (!this.phone) throw new Error('unlock: this browser is not enrolled')
    const { session } = this.#props.access
    const { device } = this.phone
    await this.#ending
    try {
      const challenge = await session.deviceChallenge(device, false)
      const signature = await signChallenge(this.phone, challenge)
      this.entered(await session.withDevice({ device, challenge, signature, pin }, false))
    } catch (error) {
      if (error instanceof ApiError && error.code === 'SEN_DEVICE_UNKNOWN') {
        this.isPhoneRevoked = true
        await this.forgetPhone()
      }
      throw error
    }
  }

  canKeepKeys(): Promise<boolean> {
    return this.#props.keys.canKeep()
  }

  async enrolPhone(key: DeviceKey): Promise<void> {
    await this.#props.keys.put('phone', key)
    this.phone = key
    this.isPhoneRevoked = false
  }

  async forgetPhone(): Promise<void> {
    this.phone = undefined
    await this.#props.keys.forget('phone')
  }

  #keep(found: SignedIn, isByPerson: boolean): void {
    this.signedIn = found
    const idleAfterMs = found.idleAfterS === undefined ? undefined : found.idleAfterS * 1_000
    if (isByPerson) this.#idle.begin(this.#props.now(), idleAfterMs)
  }

  async #begin(stopped: AbortSignal): Promise<void> {
    this.phone = await this.#props.keys.get('phone')
    for (let attempt = 0; !stopped.aborted; attempt++) {
      try {
        return await this.#ask()
      } catch (error) {
        this.standing = { kind: 'asking', failure: failureOf(error, this.#props.now()) }
      }
      await new Promise(resolve => setTimeout(resolve, backoffMs(attempt, Math.random())))
    }
  }

  async #ask(): Promise<void> {
    const { session } = this.#props.access
    try {
      const found = await session.current()
      if (this.standing.kind !== 'asking') return
      this.#keep(found, true)
      this.standing = { kind: 'somebody' }
      if (this.#isPinDue()) this.#shut()
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      const isSetupNeeded = await session.isSetupNeeded()
      if (this.standing.kind === 'asking') this.standing = { kind: 'nobody', isSetupNeeded }
    }
  }

  #isPinDue(): boolean {
    const isByPhone = this.signedIn?.via === 'device' || this.signedIn?.via === 'passkey'
    return this.phone !== undefined && isByPhone && this.#props.lock.isDue(this.#props.now())
  }

  /** Locks at once, and tells the server, which forgets the session; if it cannot be told, the lock stands all the same. */
  #shut(): void {
    this.ended()
    this.#ending = this.#props.access.session.end().catch(() => {})
  }

  #seen(): void {
    if (this.standing.kind !== 'somebody') return
    if (document.visibilityState === 'visible' && this.#isPinDue()) this.#shut()
    else this.#props.lock.seen(this.#props.now())
  }

  #input(): void {
    if (this.standing.kind === 'somebody') this.#idle.input(this.#props.now())
  }

  #tick(): void {
    if (this.standing.kind !== 'somebody') return
    if (document.visibilityState === 'visible') this.#seen()
    if (this.standing.kind === 'somebody') this.endsInMs = this.#idle.tick(this.#props.now())
  }
}

/** Visitors see what everybody may see. */
function hasOwnThings(actor: SignedIn['actor']): boolean {
  return actor.kind !== 'visitor'
}

export const [useSession, provideSession] = createContext<Session>()
