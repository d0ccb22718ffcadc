import type { RegistryChange } from '../../model/registry.ts'
import { isRemoval, referencesOf } from './registry-references.ts'
import { thingOf } from './registry-row.ts'

/**
 * The newest change of each thing that a check asks for, and who refers to whom by them. Things are named by their keys
 * (see `thingOf`); one that was removed is not there.
 */
export class NewestChanges {
  readonly #changes = new Map<string, RegistryChange>()
  readonly #dependants = new Map<string, Set<string>>()
  readonly #ties = new Map<string, string[]>()

  get(thing: string): RegistryChange | undefined {
    return this.#changes.get(thing)
  }

  has(thing: string): boolean {
    return this.#changes.has(thing)
  }

  /** Takes a change for the newest of its thing. */
  set(change: RegistryChange): void {
    const thing = thingOf(change)
    const former = this.#changes.get(thing)
    if (former) for (const reference of referencesOf(former)) this.#dependants.get(reference)?.delete(thing)
    this.#changes.delete(thing)
    if (isRemoval(change)) return
    this.#changes.set(thing, change)
    for (const reference of referencesOf(change)) {
      const dependants = this.#dependants.get(reference)
      if (dependants) dependants.add(thing)
      else this.#dependants.set(reference, new Set([thing]))
    }
  }

  /** Says that something outside the registry belongs to the thing. @param words - what it is: `connector ttn`. */
  tie(thing: string, words: string): void {
    this.#ties.set(thing, [...this.tiesOf(thing), words])
  }

  /** The things that refer to this one. */
  dependantsOf(thing: string): readonly string[] {
    return [...(this.#dependants.get(thing) ?? [])]
  }

  /** What else belongs to it, in words. */
  tiesOf(thing: string): readonly string[] {
    return this.#ties.get(thing) ?? []
  }
}
