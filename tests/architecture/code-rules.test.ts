import { expect, test } from 'vitest'
import { codeViolations } from './code-rules.ts'
import { projectFiles } from './project-files.ts'

test('every file of the project keeps to the style', () => {
  expect(codeViolations(projectFiles())).toEqual([])
})

test('fails where there is nothing to check', () => {
  expect(() => codeViolations([{ path: 'README.md', text: '' }])).toThrow('no code found')
})

const long = 'const a = 1\n'.repeat(501)

test.each([
  ['journal/utils.ts', '', '"utils" does not say'],
  ['journal/common/file.ts', '', '"common" does not say'],
  ['server/thread-manager.ts', '', '"manager" does not say'],
  ['dashboards/console/src/Helpers.svelte', '', '"Helpers" does not say'],
  ['journal/a.ts', long, '501 lines; split it'],
  ['journal/a.ts', 'export default function a() {}', 'a default export'],
  ['journal/a.ts', 'const a = 1\nexport default a', 'a default export'],
  ['journal/a.ts', 'const a = 1\nexport { a as default }', 'a default export'],
  ['journal/index.ts', `export * from './a.ts'\nexport { b } from './b.ts'`, 'a barrel file']
])('%s: refuses %j', (path, text, rule) => {
  const violations = codeViolations([{ path, text }])

  expect(violations).toHaveLength(1)
  expect(violations[0]).toContain(`${path}: `)
  expect(violations[0]).toContain(rule)
})

test.each([
  ['journal/a.ts', `/* More than 500 lines because the table of cases is one. */\n${long}`],
  ['journal/a.ts', `export { b } from './b.ts'\nexport const a = 1`],
  ['journal/a.ts', '// export default a'],
  ['vitest.config.ts', 'export default {}'],
  ['devices/profiles/x/codec.js', 'module.exports.default = 1'],
  ['journal/commonplace.ts', '']
])('%s: allows %j', (path, text) => {
  expect(
    codeViolations([
      { path: 'model/a.ts', text: '' },
      { path, text }
    ])
  ).toEqual([])
})
