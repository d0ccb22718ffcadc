import type { ProjectFile } from './project-files.ts'

/** What no committed file may hold, and why. */
const forbidden: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.|\bnpm\.pkg\.github\.|https?:\/\/(?:[^\s/@]*@)?(?:registry|npm|nexus|artifactory|verdaccio)[.:]/i,
    'names a registry host; whoever installs chooses the registry'
  ],
  [/(?:^|[\s"'`(=:<])\/(?:work|root)\/[\w.]/m, 'names a place of one machine; a clone stands elsewhere'],
  [/\.\.\/shared\b/, 'names something outside the project; a clone would not have it']
]

/** @returns one sentence a breach, with the line. @throws Error if there are no files. */
export function textViolations(files: readonly ProjectFile[]): readonly string[] {
  if (files.length === 0) throw new Error('check texts: no files found')
  return files.flatMap(({ path, text }) =>
    forbidden.flatMap(([pattern, why]) => {
      const found = pattern.exec(text)
      return found === null ? [] : [`${path}:${lineAt(text, found.index)} ${why}: ${found[0].trim()}`]
    })
  )
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length
