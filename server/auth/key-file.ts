import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  readFileSync,
  statSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { SenError, messageOf } from '../../model/errors.ts'

/*
 * The key file: a line a key, newest first, `sen-key-1 <id> <32 bytes, base64url>`. What is sealed names the key that sealed
 * it, so a new key can be put on top and the others kept until nothing is sealed with them. The audit log is chained with
 * the oldest, which therefore stays.
 */

interface Key {
  readonly id: string
  readonly secret: Buffer
}

const linePattern = /^sen-key-1 ([0-9a-f]{8}) ([A-Za-z0-9_-]{43})$/
const sealedPattern = /^sealed:1:([0-9a-f]{8}):([A-Za-z0-9_-]{16}):([A-Za-z0-9_-]+)$/
const tagBytes = 16

/** Seals secrets that must be read again (addresses with passwords, authenticators' secrets) with AES-256-GCM. */
export class KeyFile {
  readonly #keys: readonly Key[]

  private constructor(keys: readonly Key[]) {
    this.#keys = keys
  }

  /**
   * Reads the key file.
   *
   * @throws SenError `SEN_KEY_FILE` if it is missing, open to others or not a key file.
   */
  static open(path: string): KeyFile {
    return new KeyFile(read(path))
  }

  /** Makes the file with a first key, readable by its owner only, unless it is there. @returns whether it was made. */
  static create(path: string): boolean {
    if (existsSync(path)) return false
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      write(path, lineOf(newKey()))
    } catch (cause) {
      throw failure(path, `it cannot be made: ${messageOf(cause)}`, cause)
    }
    return true
  }

  /** Puts a new key on top: what is sealed from then on is sealed with it. */
  static rotate(path: string): void {
    const lines = [newKey(), ...read(path)].map(lineOf)
    write(`${path}.new`, lines.join(''))
    renameSync(`${path}.new`, path)
  }

  /** Chains the audit log. */
  get auditKey(): Buffer {
    return derived(this.#keys.at(-1), 'audit')
  }

  /** Makes the codes by which messages are answered. */
  get linkKey(): Buffer {
    return derived(this.#keys.at(-1), 'links')
  }

  /** @param context - what the secret is of; it can be opened for nothing else. */
  seal(secret: string, context: string): string {
    const key = this.#keys[0]
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', derived(key, 'seal'), nonce).setAAD(Buffer.from(context))
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `sealed:1:${key?.id ?? ''}:${nonce.toString('base64url')}:${sealed.toString('base64url')}`
  }

  /** @throws SenError `SEN_KEY_FILE` if its key is not in the file, or it is not what was sealed for this. */
  unseal(sealed: string, context: string): string {
    const [, id, nonce = '', body = ''] = sealedPattern.exec(sealed) ?? []
    const key = this.#keys.find(one => one.id === id)
    if (key === undefined) throw failure('', `the key ${id ?? '?'} that sealed ${context} is not in it`)
    const bytes = Buffer.from(body, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', derived(key, 'seal'), Buffer.from(nonce, 'base64url'), {
        authTagLength: tagBytes
      })
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(bytes.length - tagBytes))
      return decipher.update(bytes.subarray(0, bytes.length - tagBytes), undefined, 'utf8') + decipher.final('utf8')
    } catch (cause) {
      throw failure('', `${context} is not what was sealed`, cause)
    }
  }

  /** @returns whether it is sealed with the newest key. */
  isFresh(sealed: string): boolean {
    return sealedPattern.exec(sealed)?.[1] === this.#keys[0]?.id
  }
}

function read(path: string): readonly Key[] {
  let text: string
  try {
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) throw failure(path, 'others than its owner may read it')
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof SenError) throw cause
    throw failure(path, messageOf(cause), cause)
  }
  const keys = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [, id, secret] = linePattern.exec(line) ?? []
      if (id === undefined || secret === undefined) throw failure(path, 'a line is not "sen-key-1 <id> <key>"')
      return { id, secret: Buffer.from(secret, 'base64url') }
    })
  if (keys.length === 0) throw failure(path, 'it holds no key')
  return keys
}

function write(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text, 0)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(path, 0o600)
}

function newKey(): Key {
  return { id: randomBytes(4).toString('hex'), secret: randomBytes(32) }
}

function lineOf({ id, secret }: Key): string {
  return `sen-key-1 ${id} ${secret.toString('base64url')}\n`
}

function derived(key: Key | undefined, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key?.secret ?? Buffer.alloc(0), '', `sen ${purpose}`, 32))
}

function failure(path: string, cause: string, original?: unknown): SenError {
  return new SenError('SEN_KEY_FILE', `open key file${path && ` ${path}`}: ${cause}`, {
    cause: original,
    hint: 'SEN_KEY_FILE names the file. Restore it from where it was kept: without it what is sealed cannot be read again.'
  })
}
