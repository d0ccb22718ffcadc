import { readFile, readdir } from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import { parse } from 'yaml'

/** @returns the file's text, or `undefined` if there is no such file. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
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

/** @returns what the text says, or a sentence on why that cannot be read. */
export function parsed(text: string, format: 'json' | 'yaml'): { readonly value: unknown } | string {
  try {
    return { value: format === 'json' ? (JSON.parse(text) as unknown) : (parse(text) as unknown) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
