/** How a file is opened: `read` only; `write` an existing one; `create` a new one, emptying what had its name. */
export type OpenMode = 'read' | 'write' | 'create'

/**
 * An open file. Reads and writes name their offset; there is no cursor.
 *
 * What is written is seen by every reader at once, and survives the end of the process. It survives the loss of power
 * only once `datasync` has resolved: until then any part of it may be lost, in any order.
 */
export interface OpenFile {
  /** Reads into all of `into` from `offset` on. @returns the bytes read: fewer only where the file ends. */
  read(into: Uint8Array, offset: number): Promise<number>
  /** Writes all of `bytes` at `offset`. After an error any part of them may have been written. */
  write(bytes: Uint8Array, offset: number): Promise<void>
  /** Makes contents and size durable. After an error the file must not be synced again: a second call would lie. */
  datasync(): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  sizeBytes(): Promise<number>
  close(): Promise<void>
}

/**
 * Everything the journal asks of a disk; all of its I/O goes through here, so that tests can lose power, fill the disk
 * and stall it. Errors are Node's, with their `code` (`ENOSPC`, `EIO`, `ENOENT` …).
 *
 * A file created, renamed or removed stays so after the loss of power only once `syncDirectory` has resolved.
 */
export interface FileSystem {
  /** Creates the directory and those above it, durably; nothing happens if it exists. */
  makeDirectory(path: string): Promise<void>
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** Names of the files in the directory, in no particular order. */
  list(directory: string): Promise<readonly string[]>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  syncDirectory(path: string): Promise<void>
}

/** @returns the `code` of a file-system error, for example `ENOSPC`; '' if there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Says whether an error of a write means that there is no room: disk, quota or file-size limit. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))
}
