import { spawnSync } from 'node:child_process'
import { closeSync, openSync, statfsSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Mounting takes root, and a machine that lets it. */
export const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0

/** A disk in memory of a few MiB that a test can fill and free. */
export class SmallDisk {
  readonly folder: string
  readonly #ballast: string

  private constructor(folder: string) {
    this.folder = folder
    this.#ballast = join(folder, 'ballast')
  }

  static async mount(sizeMib: number): Promise<SmallDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'sen-disk-'))
    command('mount', '-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=700`, 'tmpfs', folder)
    return new SmallDisk(folder)
  }

  /** Takes all the room there is. */
  fill(): void {
    const block = Buffer.alloc(4096)
    const file = openSync(this.#ballast, 'a')
    try {
      while (statfsSync(this.folder).bavail > 0) writeSync(file, block)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    } finally {
      closeSync(file)
    }
  }

  async free(): Promise<void> {
    await rm(this.#ballast)
  }

  async remove(): Promise<void> {
    command('umount', this.folder)
    await rm(this.folder, { recursive: true })
  }
}

/** Runs a command. @throws Error with what it said if it fails. */
export function command(...words: readonly string[]): void {
  const [program = '', ...args] = words
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
}
