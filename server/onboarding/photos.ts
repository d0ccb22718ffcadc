import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SenError } from '../../model/errors.ts'

/** A photo as it is shown. */
export interface Photo {
  readonly type: 'image/jpeg' | 'image/png' | 'image/webp'
  readonly bytes: Uint8Array
}

/** Pictures of finished work, each a file named by the SHA-256 of its bytes: the same picture is kept once, and never changes. */
export class Photos {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @returns its SHA-256, hex. Throws `SEN_INPUT_INVALID` if it is neither JPEG nor PNG nor WebP. */
  async keep(bytes: Uint8Array): Promise<string> {
    if (typeOf(bytes) === undefined)
      throw new SenError('SEN_INPUT_INVALID', 'keep photo: it is neither JPEG nor PNG nor WebP')
    const hash = createHash('sha256').update(bytes).digest('hex')
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const path = join(this.#folder, hash)
    // Whole or not at all.
    await writeFile(`${path}.part`, bytes, { mode: 0o600 })
    await rename(`${path}.part`, path)
    return hash
  }

  async read(hash: string): Promise<Photo | undefined> {
    const bytes = await readFile(join(this.#folder, hash)).catch(() => undefined)
    const type = bytes && typeOf(bytes)
    return bytes && type && { type, bytes }
  }
}

/** By the first bytes, whatever the sender says. */
function typeOf(bytes: Uint8Array): Photo['type'] | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('\x89PNG\r\n')) return 'image/png'
  return head.startsWith('RIFF') && head.endsWith('WEBP') ? 'image/webp' : undefined
}
