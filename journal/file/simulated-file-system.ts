import { dirname } from 'node:path'
import type { FileSystem, OpenFile, OpenMode } from '../file-system.ts'
import { seededRandom } from './seeded-random.ts'
import { SimulatedFile } from './simulated-file.ts'

/** An operation about to be done, as `intercept` sees it. `count` is its number: 1, 2, 3 … over all kinds. */
export interface Operation {
  readonly kind: 'open' | 'read' | 'write' | 'datasync' | 'truncate' | 'list' | 'rename' | 'remove' | 'syncDirectory'
  readonly path: string
  readonly count: number
}

/** Called before each operation: throw what it shall fail with (see `failure`), wait to make the disk slow. */
export type Intercept = (operation: Operation) => Promise<void> | void

type EntryChange =
  | { readonly kind: 'add'; readonly path: string; readonly file: SimulatedFile }
  | { readonly kind: 'remove'; readonly path: string }

/**
 * A disk in memory that can lose power: it knows what was synced and what was only written.
 *
 * `crash(seed)` gives the disk as the next start finds it: synced contents and directory entries, and of the rest a
 * random subset, by 512-byte sector; sectors that never arrived in a grown file read as zeros or as garbage. The same
 * seed and the same operations give the same disk. The crashed disk answers every later operation with `ECRASHED`.
 *
 * A failed `datasync` makes the unsynced writes of that file unreachable for later syncs, as Linux does.
 */
export class SimulatedFileSystem implements FileSystem {
  /** Room for file contents; writes beyond it write what fits and fail with `ENOSPC`. May be changed at any time. */
  capacityBytes = Number.POSITIVE_INFINITY
  intercept: Intercept | undefined
  /** Operations begun so far. */
  operations = 0
  #entries = new Map<string, SimulatedFile>()
  #durableEntries = new Map<string, SimulatedFile>()
  #pending: EntryChange[] = []
  #crashed = false

  makeDirectory(): Promise<void> {
    return Promise.resolve()
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    await this.#begin('open', path)
    const found = this.#entries.get(path)
    if (mode === 'create') return this.#handle(path, this.#create(path))
    if (found === undefined) throw failure('ENOENT', `open '${path}'`)
    return this.#handle(path, found)
  }

  async list(directory: string): Promise<readonly string[]> {
    await this.#begin('list', directory)
    const prefix = `${directory}/`
    return [...this.#entries.keys()]
      .filter(path => path.startsWith(prefix))
      .map(path => path.slice(prefix.length))
      .filter(name => !name.includes('/'))
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin('rename', from)
    const file = this.#entries.get(from)
    if (file === undefined) throw failure('ENOENT', `rename '${from}'`)
    this.#change({ kind: 'add', path: to, file })
    this.#change({ kind: 'remove', path: from })
  }

  async remove(path: string): Promise<void> {
    await this.#begin('remove', path)
    if (!this.#entries.has(path)) throw failure('ENOENT', `unlink '${path}'`)
    this.#change({ kind: 'remove', path })
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#begin('syncDirectory', path)
    const inside = this.#pending.filter(change => dirname(change.path) === path)
    for (const change of inside) apply(this.#durableEntries, change)
    this.#pending = this.#pending.filter(change => dirname(change.path) !== path)
  }

  /** Loses power. @returns the disk as it is when power comes back. */
  crash(seed: number): SimulatedFileSystem {
    this.#crashed = true
    const random = seededRandom(seed)
    const entries = new Map(this.#durableEntries)
    for (const change of this.#pending) if (random() < 0.5) apply(entries, change)
    return this.#reborn(entries, file => file.afterCrash(random))
  }

  /**
   * Ends the program that uses this disk, not the machine: what is unsynced stays in memory. This object then answers as
   * after a crash. @returns the disk for the next program.
   */
  kill(): SimulatedFileSystem {
    this.#crashed = true
    const disk = new SimulatedFileSystem()
    disk.capacityBytes = this.capacityBytes
    disk.#entries = this.#entries
    disk.#durableEntries = this.#durableEntries
    disk.#pending = this.#pending
    return disk
  }

  /** @returns a copy of the disk as running programs see it, everything synced; this one lives on. */
  clone(): SimulatedFileSystem {
    return this.#reborn(this.#entries, file => SimulatedFile.durable(file.contents()))
  }

  /** The contents of a file as running programs see them; a copy. */
  contents(path: string): Uint8Array {
    const file = this.#entries.get(path)
    if (file === undefined) throw failure('ENOENT', `open '${path}'`)
    return file.contents()
  }

  /** Puts a file there, durably. */
  put(path: string, contents: Uint8Array): void {
    const file = SimulatedFile.durable(contents)
    this.#entries.set(path, file)
    this.#durableEntries.set(path, file)
  }

  #reborn(
    entries: ReadonlyMap<string, SimulatedFile>,
    copy: (file: SimulatedFile) => SimulatedFile
  ): SimulatedFileSystem {
    const disk = new SimulatedFileSystem()
    const copies = new Map<SimulatedFile, SimulatedFile>()
    for (const [path, file] of entries) {
      const one = copies.get(file) ?? copy(file)
      copies.set(file, one)
      disk.#entries.set(path, one)
      disk.#durableEntries.set(path, one)
    }
    return disk
  }

  #create(path: string): SimulatedFile {
    const file = new SimulatedFile()
    this.#change({ kind: 'add', path, file })
    return file
  }

  #change(change: EntryChange): void {
    apply(this.#entries, change)
    this.#pending.push(change)
  }

  #handle(path: string, file: SimulatedFile): OpenFile {
    return {
      read: async (into, offset) => {
        await this.#begin('read', path)
        return file.read(into, offset)
      },
      write: async (bytes, offset) => {
        await this.#begin('write', path)
        const room = Math.max(0, this.capacityBytes - this.usedBytes + Math.max(0, file.sizeBytes - offset))
        file.write(bytes.subarray(0, room), offset)
        if (room < bytes.length) throw failure('ENOSPC', `write '${path}'`)
      },
      datasync: async () => {
        await this.#begin('datasync', path).catch((error: unknown) => {
          if (!this.#crashed) file.forget()
          throw error
        })
        file.sync()
      },
      truncate: async sizeBytes => {
        await this.#begin('truncate', path)
        file.truncate(sizeBytes)
      },
      sizeBytes: () => Promise.resolve(file.sizeBytes),
      close: () => Promise.resolve()
    }
  }

  /** What the contents of all files take. */
  get usedBytes(): number {
    let used = 0
    for (const file of this.#entries.values()) used += file.sizeBytes
    return used
  }

  async #begin(kind: Operation['kind'], path: string): Promise<void> {
    this.#refuseIfCrashed(path)
    this.operations += 1
    // Even an idle disk answers later than the call.
    await Promise.resolve()
    if (this.intercept) await this.intercept({ kind, path, count: this.operations })
    this.#refuseIfCrashed(path)
  }

  #refuseIfCrashed(path: string): void {
    if (this.#crashed) throw failure('ECRASHED', `use '${path}'`)
  }
}

/** @returns an error as a file system gives it. */
export function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code })
}

function apply(entries: Map<string, SimulatedFile>, change: EntryChange): void {
  if (change.kind === 'add') entries.set(change.path, change.file)
  else entries.delete(change.path)
}
