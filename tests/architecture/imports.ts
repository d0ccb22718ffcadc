import { posix } from 'node:path'
import ts from 'typescript'
import type { ProjectFile } from './project-files.ts'

const svelteScript = /<script\b[^>]*>([\s\S]*?)<\/script>/g
// Worker files are named this way: an import in all but name.
const fileBesideModule = /new URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url\s*\)/g

/**
 * @returns what a file imports, as written: static, type-only, re-exporting and dynamic imports, and files named by
 *   `new URL('…', import.meta.url)`. An import whose name is computed cannot be seen.
 */
export function importsOf({ path, text }: ProjectFile): readonly string[] {
  const scripts = path.endsWith('.svelte') ? [...text.matchAll(svelteScript)].map(([, script = '']) => script) : [text]
  return scripts.flatMap(script => [
    ...ts.preProcessFile(script, true, true).importedFiles.map(({ fileName }) => fileName),
    ...[...script.matchAll(fileBesideModule)].map(([, name = '']) => name)
  ])
}

/** Where an import leads: a file of the project (path from its root, `../…` if it leaves it), or a package. */
export type Target =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'package'; readonly name: string }

/** @param specifier - as written in the file at `from`. A package comes without the path inside it. */
export function targetOf(from: string, specifier: string): Target {
  if (specifier.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(from), specifier) }
  if (specifier.startsWith('/')) return { kind: 'file', path: specifier }
  if (specifier.startsWith('node:')) return { kind: 'package', name: specifier }
  const [first = '', second = ''] = specifier.split('/')
  return { kind: 'package', name: first.startsWith('@') ? `${first}/${second}` : first }
}
