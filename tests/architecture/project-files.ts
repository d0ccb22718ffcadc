import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A text file of the project: `path` from its root with forward slashes, `text` as UTF-8. */
export interface ProjectFile {
  readonly path: string
  readonly text: string
}

/** The project's root, absolute. */
export const projectRoot = resolve(import.meta.dirname, '../..')

/**
 * Every text file that git keeps or would keep (new files count, ignored ones do not), in order of path.
 * Throws where git is not there or answers nothing: a check over no files would pass for the wrong reason.
 */
export function projectFiles(): readonly ProjectFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8'
  })
  const paths = listed.split('\0').filter(path => path !== '' && isFile(path))
  if (paths.length === 0) throw new Error(`list project files ${projectRoot}: git names none`)
  return [...new Set(paths)].sort().flatMap(path => {
    const bytes = readFileSync(join(projectRoot, path))
    return bytes.includes(0) ? [] : [{ path, text: bytes.toString('utf8') }]
  })
}

/** @returns the text of one file of the project. */
export function projectText(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8')
}

function isFile(path: string): boolean {
  const place = join(projectRoot, path)
  return existsSync(place) && statSync(place).isFile()
}

/** Codecs are published elsewhere and run unmodified: our rules for code do not speak of them. */
const publishedCodec = /^devices\/profiles\/[^/]+\/codec\.js$/

/** Whether a file is code of ours. */
export function isCode({ path }: ProjectFile): boolean {
  return /\.(?:ts|js|mjs|svelte)$/.test(path) && !publishedCodec.test(path)
}
