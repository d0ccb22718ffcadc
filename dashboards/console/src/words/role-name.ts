import type { Role } from '../api/roles.ts'
import type { Dictionary } from './dictionary.ts'
import type { LanguageCode } from './formats.ts'

/** @returns a role's name: as its makers wrote it, else of the built-in ones, else its id. */
export function roleName(
  id: string,
  known: readonly Role[] | undefined,
  words: Dictionary['common'],
  code: LanguageCode
): string {
  const found = known?.find(role => role.id === id)
  const builtIn: Readonly<Record<string, string>> = words.roleNames
  return found?.name[code] ?? builtIn[id] ?? id
}
