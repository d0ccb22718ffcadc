/** @returns what a person would call the machine that this is, from its user agent; `undefined` if it does not say. */
export function machineOf(userAgent: string): string | undefined {
  const names: readonly (readonly [RegExp, string])[] = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'Mac'],
    [/CrOS/, 'Chromebook'],
    [/Linux/, 'Linux']
  ]
  return names.find(([pattern]) => pattern.test(userAgent))?.[1]
}
