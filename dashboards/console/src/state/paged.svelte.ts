import type { Slice } from '../api/pages.ts'
import { Loaded } from './loaded.svelte.ts'

/**
 * A long list of which the server gives a part at a time: one part is shown, and one can go on and back. However long the
 * list, the page holds one part of it.
 *
 * Whoever changes what is asked for calls `restart`.
 */
export class Paged<S extends Slice<unknown>> {
  readonly loaded = new Loaded<S>()
  /** Cursors of the parts that were left behind; the last one asked for the part that is shown. */
  #cursors: readonly (string | undefined)[] = $state.raw([undefined])
  readonly #size: number

  /** @param size - of a part. */
  constructor(size: number) {
    this.#size = size
  }

  readonly cursor: string | undefined = $derived(this.#cursors.at(-1))
  /** Number of the first one shown, from 1. */
  get first(): number {
    return (this.#cursors.length - 1) * this.#size + 1
  }
  get hasPrevious(): boolean {
    return this.#cursors.length > 1
  }
  get hasNext(): boolean {
    return this.loaded.value?.cursor !== undefined
  }

  next(): void {
    const cursor = this.loaded.value?.cursor
    if (cursor !== undefined && !this.loaded.isLoading) this.#cursors = [...this.#cursors, cursor]
  }

  previous(): void {
    if (this.hasPrevious) this.#cursors = this.#cursors.slice(0, -1)
  }

  restart(): void {
    this.#cursors = [undefined]
  }
}
