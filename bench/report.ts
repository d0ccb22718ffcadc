import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { version as duckDbVersion } from '@duckdb/node-api'
import type { Bar, Figure } from './figure.ts'

const marks = { begin: '<!-- bench: begin -->', end: '<!-- bench: end -->' } as const

/** What the figures were measured on and with, one line each. */
export function circumstances(command: string): readonly string[] {
  const memory = Math.round(totalmem() / 2 ** 30)
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}, \`${command}\``,
    `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, ${memory} GiB, ` +
      `Node ${process.version}, DuckDB ${duckDbVersion()}`
  ]
}

function commit(): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, {
      encoding: 'utf8',
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore']
    }).trim()
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== ''
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`
}

/** Whether the value is good enough. */
export function standing({ value, bar, problem }: Figure): 'stretch' | 'met' | 'missed' | 'does not count' | '' {
  if (problem !== undefined) return 'does not count'
  if (bar === undefined) return ''
  if (reaches(value, bar.stretch, bar)) return 'stretch'
  return reaches(value, bar.bar, bar) ? 'met' : 'missed'
}

function reaches(value: number, limit: number, { isBetter }: Bar): boolean {
  return isBetter === 'smaller' ? value <= limit : value >= limit
}

/** Both tables in Markdown: what has a bar, with its ratio to it, and everything else. */
export function tables(figures: readonly Figure[]): string {
  const judged = figures.filter(({ bar }) => bar !== undefined)
  const others = figures.filter(({ bar }) => bar === undefined)
  const parts = [
    table(['figure', 'measured', 'bar', 'stretch', 'measured ÷ bar', '', ''], judged.map(judgedRow)),
    table(
      ['figure', 'measured', ''],
      others.map(figure => [figure.what, shown(figure), remark(figure)])
    )
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

function judgedRow(figure: Figure): readonly string[] {
  const { what, value, bar } = figure
  if (bar === undefined) return []
  const sign = bar.isBetter === 'smaller' ? '≤' : '≥'
  const ratios = [`${sign} ${amount(bar.bar)}`, `${sign} ${amount(bar.stretch)}`, (value / bar.bar).toFixed(2)]
  return [what, shown(figure), ...ratios, standing(figure), remark(figure)]
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function shown({ value, unit }: Figure): string {
  return `${amount(value)} ${unit}`
}

function amount(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

function remark({ note, problem }: Figure): string {
  return [problem === undefined ? undefined : `**does not count: ${problem}**`, note].filter(Boolean).join('; ')
}

/** Puts the text between the document's marks; what people wrote around them stays. */
export function writeBetweenMarks(file: URL, text: string): void {
  const document = readFileSync(file, 'utf8')
  const [from, to] = [document.indexOf(marks.begin), document.indexOf(marks.end)]
  if (from < 0 || to < from) throw new Error(`write ${file.pathname}: no ${marks.begin} … ${marks.end} in it`)
  writeFileSync(file, `${document.slice(0, from + marks.begin.length)}\n\n${text}\n\n${document.slice(to)}`)
}
