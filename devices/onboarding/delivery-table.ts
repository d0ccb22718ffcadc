/** One row of a file, with the line on which it begins (the first line is 1). */
export interface TableRow {
  readonly line: number
  readonly cells: readonly string[]
}

export interface Table {
  readonly headings: readonly string[]
  readonly rows: readonly TableRow[]
  /** `;` and tab come from programs whose numbers have a decimal comma. */
  readonly separator: Separator
}

export type Separator = ',' | ';' | '\t'

export type TableOutcome =
  | { readonly ok: true; readonly table: Table }
  | { readonly ok: false; readonly reason: TableFault; readonly line: number }

/**
 * Why a file is no table.
 *
 * - `encoding`: neither UTF-8 nor UTF-16 with its mark: Excel's plain "CSV" loses Vietnamese letters; "CSV UTF-8" keeps them
 * - `empty`: there is no row below the headings
 * - `quote-open`: a cell begins with a quote that never ends
 * - `too-many-rows`: more than `mostRows`
 */
export type TableFault = 'encoding' | 'empty' | 'quote-open' | 'too-many-rows'

/** One delivery is some hundreds. */
export const mostRows = 5000

/**
 * Reads a CSV file (RFC 4180) as spreadsheet programs make it: with or without a byte-order mark, in UTF-8 or UTF-16,
 * separated by commas, semicolons or tabs (Excel's `sep=` line is obeyed), lines ended in any way, blank lines left out.
 */
export function readTable(bytes: Uint8Array): TableOutcome {
  const text = textOf(bytes)
  if (text === undefined) return { ok: false, reason: 'encoding', line: 1 }
  const told = /^sep=([,;\t])\r?\n/i.exec(text)
  const separator = separatorOf(told?.[1]) ?? separatorIn(text)
  const parsed = rowsOf(told ? text.slice(told[0].length) : text, separator, told ? 2 : 1)
  if (!parsed.ok) return parsed
  const [headings, ...rows] = parsed.rows
  if (!headings || rows.length === 0) return { ok: false, reason: 'empty', line: 1 }
  if (rows.length > mostRows) return { ok: false, reason: 'too-many-rows', line: rows[mostRows]?.line ?? 0 }
  return { ok: true, table: { headings: headings.cells, rows, separator } }
}

function textOf(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  try {
    // It takes the byte-order mark off.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function separatorOf(text: string | undefined): Separator | undefined {
  return text === ',' || text === ';' || text === '\t' ? text : undefined
}

/** The one that the headings have most of. */
function separatorIn(text: string): Separator {
  const heading = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replaceAll(/"[^"]*"/g, '')
  const counted = ([',', ';', '\t'] as const).map(one => ({ one, count: heading.split(one).length }))
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).one
}

/** Blanks before a cell's first quote; a quote further behind is one of the cell's own, as after any other character. */
const mostBlanks = 64

type RowsOutcome =
  | { readonly ok: true; readonly rows: readonly TableRow[] }
  | { readonly ok: false; readonly reason: 'quote-open'; readonly line: number }

function rowsOf(text: string, separator: Separator, firstLine: number): RowsOutcome {
  const rows: TableRow[] = []
  let [cells, cell, line, start]: [string[], string, number, number] = [[], '', firstLine, firstLine]
  let quotedFrom: number | undefined
  const endCell = (): void => {
    cells.push(cell.trim())
    cell = ''
  }
  const endRow = (): void => {
    endCell()
    if (cells.some(one => one !== '')) rows.push({ line: start, cells })
    cells = []
    start = line
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? ''
    const isBreak = character === '\n' || (character === '\r' && text[i + 1] !== '\n')
    if (isBreak) line++
    if (quotedFrom !== undefined) {
      if (character !== '"') cell += character
      else if (text[i + 1] === '"') cell += text[++i] ?? ''
      else quotedFrom = undefined
    } else if (character === '"' && cell.length <= mostBlanks && cell.trim() === '') {
      quotedFrom = line
      cell = ''
    } else if (character === separator) endCell()
    else if (isBreak) endRow()
    else if (character !== '\r') cell += character
  }
  if (quotedFrom !== undefined) return { ok: false, reason: 'quote-open', line: quotedFrom }
  endRow()
  return { ok: true, rows }
}
