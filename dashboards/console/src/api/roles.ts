import type { Http } from './http.ts'
import { bothLanguages } from './resources.ts'
import { flag, list, object, text } from './shape.ts'

const role = object({ id: text, name: bothLanguages, actions: list(text), isBuiltIn: flag })
export type Role = ReturnType<typeof role>

const roles = object({ items: list(role), actions: list(object({ id: text, vi: text, en: text })) })
/** Every role, and the actions that roles are made of. */
export type Roles = ReturnType<typeof roles>

export interface WantedRole {
  readonly id: string
  readonly name: { readonly vi: string; readonly en: string }
  readonly actions: readonly string[]
}

/** Roles: the built-in ones can be read, one's own can be changed. */
export class RolesApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(signal: AbortSignal): Promise<Roles> {
    return roles(await this.#http.get('roles', { signal }), 'roles')
  }

  async add(wanted: WantedRole, key: string): Promise<void> {
    await this.#http.post('roles', wanted, { idempotencyKey: key })
  }

  async change(wanted: WantedRole): Promise<void> {
    const { id, name, actions } = wanted
    await this.#http.put(`roles/${encodeURIComponent(id)}`, { id, name, actions })
  }

  async remove(id: string): Promise<void> {
    await this.#http.delete(`roles/${encodeURIComponent(id)}`)
  }
}
