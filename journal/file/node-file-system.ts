import { close, fdatasync, fstat, fsync, ftruncate, open, read, write } from 'node:fs'
import { mkdir, readdir, rename, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { slowed } from '../../model/failpoint.ts'
import type { FileSystem, OpenFile, OpenMode } from '../file-system.ts'

const openFile = promisify(open)
const closeFile = promisify(close)
const syncFile = promisify(fsync)
const datasyncFile = promisify(fdatasync)
const truncateFile = promisify(ftruncate)
const statFile = promisify(fstat)

const flags: Readonly<Record<OpenMode, string>> = { read: 'r', write: 'r+', create: 'w+' }

/**
 * The machine's own files. `datasync` is fdatasync(2): contents and size, not the time of change.
 *
 * Works in libuv's thread pool: with `UV_THREADPOOL_SIZE` at its default of 4, other users of the pool delay syncs.
 */
export const nodeFileSystem: FileSystem = {
  makeDirectory,
  open: async (path, mode) => new NodeFile(await openFile(path, flags[mode], 0o600)),
  list: directory => readdir(directory),
  rename: (from, to) => rename(from, to),
  remove: path => unlink(path),
  syncDirectory
}

async function makeDirectory(path: string): Promise<void> {
  const created = await mkdir(path, { recursive: true })
  if (created === undefined) return
  const top = dirname(resolve(created))
  for (let parent = dirname(resolve(path)); ; parent = dirname(parent)) {
    await syncDirectory(parent)
    if (parent === top) return
  }
}

async function syncDirectory(path: string): Promise<void> {
  const descriptor = await openFile(path, 'r')
  try {
    await syncFile(descriptor)
  } finally {
    await closeFile(descriptor)
  }
}

class NodeFile implements OpenFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      const count = await readOnce(this.#descriptor, into, done, offset + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    let done = 0
    // A disk that fills up takes a part first and answers ENOSPC to the rest.
    while (done < bytes.length) done += await writeOnce(this.#descriptor, bytes, done, offset + done)
  }

  datasync(): Promise<void> {
    return slowed('disk-sync', () => datasyncFile(this.#descriptor))
  }

  truncate(sizeBytes: number): Promise<void> {
    return truncateFile(this.#descriptor, sizeBytes)
  }

  async sizeBytes(): Promise<number> {
    return (await statFile(this.#descriptor)).size
  }

  close(): Promise<void> {
    return closeFile(this.#descriptor)
  }
}

function readOnce(descriptor: number, into: Uint8Array, from: number, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, from, into.length - from, offset, (error, count) => (error ? reject(error) : resolve(count)))
  })
}

function writeOnce(descriptor: number, bytes: Uint8Array, from: number, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, from, bytes.length - from, offset, (error, count) =>
      error ? reject(error) : resolve(count)
    )
  })
}
