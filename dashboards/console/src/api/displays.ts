import type { Http } from './http.ts'
import { instant, list, object, oneOf, optional, text } from './shape.ts'

const display = object({
  id: text,
  name: text,
  organisation: text,
  organisationName: optional(text),
  createdAt: instant,
  lastUsedAt: optional(instant)
})
export type Display = ReturnType<typeof display>

const pairing = object({ pairing: text, code: text, expiresAt: instant })
export type Pairing = ReturnType<typeof pairing>

const progress = object({ state: oneOf('waiting', 'approved', 'expired'), device: optional(text) })
export type PairingProgress = ReturnType<typeof progress>

const byItself = { isEntry: true, isBackground: true }

/** Wall displays: a screen asks by itself and shows a code; an administrator who reads it there admits the screen. */
export class DisplaysApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async begin(publicKey: JsonWebKey): Promise<Pairing> {
    return pairing(await this.#http.post('displays/pairings', { publicKey }, byItself), 'pairing')
  }

  async progress(id: string): Promise<PairingProgress> {
    return progress(await this.#http.get(`displays/pairings/${encodeURIComponent(id)}`, byItself), 'pairing')
  }

  async list(signal: AbortSignal): Promise<readonly Display[]> {
    return object({ items: list(display) })(await this.#http.get('displays', { signal }), 'displays').items
  }

  async admit(code: string, name: string, organisation: string, key: string): Promise<void> {
    await this.#http.post('displays', { code, name, organisation }, { idempotencyKey: key })
  }

  async remove(id: string): Promise<void> {
    await this.#http.delete(`displays/${encodeURIComponent(id)}`)
  }
}
