import { expect, test } from 'vitest'
import { projectFiles } from './project-files.ts'
import { textViolations } from './text-rules.ts'

// Planted texts are put together here, so that this file does not hold what it forbids.
const joined = (...parts: readonly string[]): string => parts.join('')

test('no committed file names a registry, a place of one machine, or something outside the project', () => {
  expect(textViolations(projectFiles())).toEqual([])
})

test('fails where there is nothing to check', () => {
  expect(() => textViolations([])).toThrow('no files found')
})

test.each([
  [joined('https://registry', '.npmjs.org/zod'), 'names a registry host'],
  [joined('"resolved": "http://user@npm', '.example.org/zod.tgz"'), 'names a registry host'],
  [joined('cd /wo', 'rk/main'), 'names a place of one machine'],
  [joined("const home = '/ro", "ot/.config'"), 'names a place of one machine'],
  [joined('see `../sha', 'red/style.md`'), 'names something outside the project']
])('refuses %s', (line, rule) => {
  const violations = textViolations([{ path: 'docs/a.md', text: `first line\n${line}\n` }])

  expect(violations).toHaveLength(1)
  expect(violations[0]).toMatch(new RegExp(`^docs/a.md:[12] ${rule}`))
})

test.each([
  'registry.devices.get(id)',
  'https://sen.example.org/work/',
  '/var/lib/sen',
  'toThrow(/root/)',
  'a network/rooted/tree'
])('allows %s', text => {
  expect(textViolations([{ path: 'docs/a.md', text }])).toEqual([])
})
