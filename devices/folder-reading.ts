import { constants } from 'node:fs'
import type { Dirent } from 'node:fs'
import { open, readFile, readdir, realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { parse } from 'yaml'

/** What strangers publish is shorter: their longest file of examples has 300 kB. */
const longestFileBytes = 8 * 1024 * 1024
/** Objects and lists within one another; examples of frames have four. */
const deepest = 100

/** @returns the file's text, or `undefined` if there is no such file. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/**
 * Reads a file of a folder that strangers made. What is not an ordinary file within `root`, symbolic links followed, or is
 * longer than 8 MiB, is as if it were not there: `../../etc/passwd`, a link to a disk, a pipe that never ends.
 *
 * @returns the file's text, or `undefined`.
 */
export async function textWithin(root: string, path: string): Promise<string | undefined> {
  try {
    const [top, real] = await Promise.all([realpath(root), realpath(path)])
    if (!real.startsWith(top.endsWith(sep) ? top : top + sep)) return undefined
    // A pipe without a writer would be waited for.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const about = await file.stat()
      return about.isFile() && about.size <= longestFileBytes ? await file.readFile('utf8') : undefined
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isUnreadable(error)) return undefined
    throw error
  }
}

/** @returns the folder's entries by name, none if there is no such folder. */
export async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/**
 * Reads what strangers wrote. Of a key that stands twice the last counts: comparing each with each takes minutes where there
 * are a hundred thousand.
 *
 * @returns what the text says, or a sentence on why that cannot be read.
 */
export function parsed(text: string, format: 'json' | 'yaml'): { readonly value: unknown } | string {
  try {
    const value: unknown = format === 'json' ? JSON.parse(text) : parse(text, { uniqueKeys: false })
    return isDeeper(value, deepest, new Set()) ? `is nested deeper than ${deepest} levels` : { value }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Who goes through a value calls itself at each level. @param seen - YAML names one thing in many places. */
function isDeeper(value: unknown, levels: number, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  if (levels === 0) return true
  seen.add(value)
  return Object.values(value).some(one => isDeeper(one, levels - 1, seen))
}

/** Not there, a link to itself, not allowed, a name with U+0000 or too long, or a socket. */
const unreadable = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ERR_INVALID_ARG_VALUE', 'ENAMETOOLONG', 'ENXIO']

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && unreadable.includes(String(error.code))
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
