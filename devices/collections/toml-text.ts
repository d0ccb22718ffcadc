/**
 * Reads one text value of a TOML file: all that Sen needs of that format.
 *
 * @param table - as between the brackets, `[device]` or `[[device.firmware]]`.
 * @returns the values of `key` in each table of that name, in the file's order.
 * @see https://toml.io/en/v1.0.0
 */
export function tomlText(toml: string, table: string, key: string): readonly string[] {
  const values: string[] = []
  let current = ''
  for (const line of toml.split('\n')) {
    const header = /^\s*\[{1,2}\s*([\w.-]+)\s*\]{1,2}/.exec(line)?.[1]
    current = header ?? current
    const [, name, quoted, literal] = /^\s*([\w-]+)\s*=\s*(?:("(?:[^"\\]|\\.)*")|'([^']*)')/.exec(line) ?? []
    if (current !== table || name !== key) continue
    values.push(literal ?? unquoted(quoted ?? '""'))
  }
  return values
}

/** A basic string of TOML escapes what a JSON string does. */
function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}
