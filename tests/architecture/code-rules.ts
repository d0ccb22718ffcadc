import ts from 'typescript'
import { isCode } from './project-files.ts'
import type { ProjectFile } from './project-files.ts'

/** Names that say nothing about what a file owns. */
const emptyNames = /^(?:utils?|helpers?|common|managers?|misc)$/
const longestLines = 500
const reasonForLength = /more than 500 lines because \S+/i
// Tools read the default export of their configuration.
const toolConfiguration = /\.config\.(?:ts|js)$/
/** Without one of these words there is neither a default export nor a barrel, and no need to parse. */
const suspect = /\bdefault\b|^\s*export\s*[{*]/m

/**
 * What the style says of files: no default exports, no barrels, no empty names, no file of more than 500 lines without
 * "More than 500 lines because …" among its first 20.
 *
 * @returns one sentence a breach. @throws Error if there is no code among `files`.
 */
export function codeViolations(files: readonly ProjectFile[]): readonly string[] {
  const code = files.filter(isCode)
  if (code.length === 0) throw new Error('check code: no code found')
  return code.flatMap(file => [...nameProblems(file), ...lengthProblems(file), ...exportProblems(file)])
}

function nameProblems({ path }: ProjectFile): readonly string[] {
  const word = path.split(/[/.-]/).find(part => emptyNames.test(part.toLowerCase()))
  return word === undefined ? [] : [`${path}: "${word}" does not say what the file owns`]
}

function lengthProblems({ path, text }: ProjectFile): readonly string[] {
  const lines = text.split('\n')
  if (lines.length - 1 <= longestLines || reasonForLength.test(lines.slice(0, 20).join('\n'))) return []
  return [`${path}: ${lines.length - 1} lines; split it, or write "More than 500 lines because …" at its top`]
}

function exportProblems({ path, text }: ProjectFile): readonly string[] {
  if (path.endsWith('.svelte') || toolConfiguration.test(path) || !suspect.test(text)) return []
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const problems: string[] = []
  if (statements.some(isDefaultExport))
    problems.push(`${path}: a default export; export it by name where it is defined`)
  if (statements.length > 0 && statements.every(isReExport))
    problems.push(`${path}: a barrel file; import from where a thing is defined`)
  return problems
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause))
    return statement.exportClause.elements.some(({ name }) => name.text === 'default')
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false
}

function isReExport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined
}
