import { backoffMs } from '../api/backoff.ts'
import type { DisplaysApi, Pairing } from '../api/displays.ts'
import { ApiError } from '../api/problem.ts'
import type { SessionApi, SignedIn } from '../api/session.ts'
import { hasCrypto, newKeyPair, publicJwk, signChallenge, type DeviceKey } from './device-key.ts'
import type { DeviceKeyStore } from './device-key-store.ts'
import { failureOf, type Failure } from './failure.ts'

/** How often a screen asks whether it has been admitted, ms. */
const pollMs = 3_000

export type DisplayStage =
  | { readonly kind: 'starting' | 'needs-tls' }
  | { readonly kind: 'pairing'; readonly pairing: Pairing }
  | { readonly kind: 'failed'; readonly failure: Failure }

export interface DisplayProps {
  readonly displays: DisplaysApi
  readonly session: SessionApi
  readonly keys: DeviceKeyStore
  readonly onEntered: (session: SignedIn) => void
  /** Waits; rejects once `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A screen on a wall that signs itself in: with its key if it has one, else by showing a code until somebody admits it. */
export class Display {
  stage: DisplayStage = $state.raw({ kind: 'starting' })
  readonly #props: DisplayProps

  constructor(props: DisplayProps) {
    this.#props = props
  }

  /** Tries until it is in. @returns what ends the trying. */
  start(): () => void {
    const stopped = new AbortController()
    void this.#run(stopped.signal)
    return () => stopped.abort()
  }

  async #run(stopped: AbortSignal): Promise<void> {
    if (!hasCrypto()) {
      this.stage = { kind: 'needs-tls' }
      return
    }
    for (let attempt = 0; !stopped.aborted; attempt++) {
      try {
        const key = (await this.#props.keys.get('display')) ?? (await this.#pair(stopped))
        const session = await this.#signIn(key)
        if (!stopped.aborted) this.#props.onEntered(session)
        return
      } catch (error) {
        if (stopped.aborted) return
        if (error instanceof ApiError && error.code === 'SEN_DEVICE_UNKNOWN') await this.#props.keys.forget('display')
        else this.stage = { kind: 'failed', failure: failureOf(error, Date.now()) }
      }
      await this.#props.wait(backoffMs(attempt, Math.random()), stopped).catch(() => {})
    }
  }

  async #signIn(key: DeviceKey): Promise<SignedIn> {
    const { device } = key
    const challenge = await this.#props.session.deviceChallenge(device, true)
    const signature = await signChallenge(key, challenge)
    return this.#props.session.withDevice({ device, challenge, signature }, true)
  }

  async #pair(stopped: AbortSignal): Promise<DeviceKey> {
    const keys = await newKeyPair()
    const jwk = await publicJwk(keys.publicKey)
    for (;;) {
      const pairing = await this.#props.displays.begin(jwk)
      stopped.throwIfAborted()
      this.stage = { kind: 'pairing', pairing }
      const device = await this.#admitted(pairing, stopped)
      if (device === undefined) continue
      const key = { device, privateKey: keys.privateKey, publicKey: keys.publicKey }
      await this.#props.keys.put('display', key)
      this.stage = { kind: 'starting' }
      return key
    }
  }

  /** @returns the id that the screen was given, `undefined` if the code has expired. A poll that fails is only a poll. */
  async #admitted({ pairing }: Pairing, stopped: AbortSignal): Promise<string | undefined> {
    for (;;) {
      await this.#props.wait(pollMs, stopped)
      const progress = await this.#props.displays.progress(pairing).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return { state: 'expired', device: undefined } as const
        return { state: 'waiting', device: undefined } as const
      })
      stopped.throwIfAborted()
      if (progress.state === 'expired') return undefined
      if (progress.state === 'approved' && progress.device !== undefined) return progress.device
    }
  }
}

/** Waits on the wall clock; rejects once `signal` is aborted. */
export function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason instanceof Error ? signal.reason : new Error('wait: stopped'))
    })
  })
}
