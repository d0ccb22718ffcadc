/** Lines as scripts read them: values tab separated, empty where there is none. */
export function printRows(rows: readonly (readonly (string | number | undefined)[])[]): void {
  for (const row of rows) process.stdout.write(`${row.map(value => value ?? '').join('\t')}\n`)
}
