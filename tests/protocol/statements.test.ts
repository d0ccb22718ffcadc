import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { statements } from './statements.ts'

/* The table of statements and the names of the tests agree. */
const folder = fileURLToPath(new URL('.', import.meta.url))

/** By statement: the test files in which a test's name begins with it. */
function citations(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const file of readdirSync(folder).filter(name => name.endsWith('.test.ts'))) {
    const text = readFileSync(`${folder}${file}`, 'utf8')
    for (const [, cited = ''] of text.matchAll(/['`]((?:\[MQTT-[\d.-]+\] )+)/g)) {
      for (const [number] of cited.matchAll(/MQTT-[\d.-]+\d/g)) {
        found.set(number, (found.get(number) ?? new Set()).add(file.replace(/\.test\.ts$/, '')))
      }
    }
  }
  return found
}

/** `MQTT-3-8.3-4` is the standard's own way to write the fourth of 3.8.3. */
function placeOf(number: string): { readonly section: string; readonly index: number } {
  const [, section = '', index = ''] = /^MQTT-(\d+[.-]\d+\.\d+)-(\d+)$/.exec(number) ?? []
  return { section: section.replace('-', '.'), index: Number(index) }
}

describe('the normative statements of MQTT 3.1.1', () => {
  it('are all in the table: 141, and no number of a section is left out', () => {
    const sections = new Map<string, number[]>()
    for (const number of statements.keys()) {
      const { section, index } = placeOf(number)
      sections.set(section, [...(sections.get(section) ?? []), index])
    }
    for (const indexes of sections.values()) expect(indexes).toEqual(indexes.map((_, i) => i + 1))
    expect(sections.size).toBe(39)
    expect(statements.size).toBe(141)
  })

  it('are tested by the files that the table names, and by no other', () => {
    const tested = [...statements].flatMap(([number, coverage]) =>
      coverage.kind === 'tested' ? [[number, coverage.by.toSorted()] as const] : []
    )
    const cited = [...citations()].map(([number, files]) => [number, [...files].toSorted()] as const)
    expect(new Map(cited)).toEqual(new Map(tested))
  })

  it('are otherwise left out for a reason', () => {
    for (const coverage of statements.values()) {
      if (coverage.kind === 'client-only') expect(coverage.about).not.toBe('')
      if (coverage.kind === 'not-applicable') expect(coverage.reason).not.toBe('')
    }
  })
})
