import { createContext } from 'svelte'
import type { Access } from '../api/access.ts'
import type { Organisation } from '../api/resources.ts'
import type { Roles } from '../api/roles.ts'
import { Loaded } from './loaded.svelte.ts'

/** The organisations and roles that several pages name and let people choose from. */
export class Directory {
  readonly organisations = new Loaded<readonly Organisation[]>()
  readonly roles = new Loaded<Roles>()
  readonly #access: Access

  constructor(access: Access) {
    this.#access = access
  }

  /** Asks for both. What was known stays meanwhile. @returns what ends it. */
  follow(): () => void {
    const organisations = this.organisations.follow(signal => this.#access.organisations(signal))
    const roles = this.roles.follow(signal => this.#access.roles.list(signal))
    return () => {
      organisations()
      roles()
    }
  }

  /** @returns the organisation's name, or its id if it is not known. */
  organisationName(id: string): string {
    return this.organisations.value?.find(one => one.id === id)?.name ?? id
  }
}

export const [useDirectory, provideDirectory] = createContext<Directory>()
