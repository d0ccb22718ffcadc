import { expect, test } from 'vitest'
import { errorCodes } from '../../model/errors.ts'
import { projectFiles, projectText } from './project-files.ts'

/** The sections of `docs/errors.md`: code → its text. */
const sections = new Map(
  projectText('docs/errors.md')
    .split(/^## /m)
    .slice(1)
    .map(section => [section.split('\n')[0]?.trim() ?? '', section] as const)
)

test('the catalogue explains exactly the codes that Sen throws, in the same order', () => {
  expect([...sections.keys()]).toEqual([...errorCodes])
})

test.each(errorCodes)('%s has its meaning and its remedy', code => {
  const section = sections.get(code) ?? ''

  expect(section).toMatch(/^\*\*Meaning\.\*\* \S.{20,}/m)
  expect(section).toMatch(/^\*\*Remedy\.\*\* \S.{20,}/m)
})

const code = projectFiles().filter(({ path }) => /\.(?:ts|svelte)$/.test(path) && !path.endsWith('.test.ts'))

test.each(errorCodes)('%s is thrown somewhere, or the catalogue says why it is reserved', errorCode => {
  const users = code.filter(({ path, text }) => path !== 'model/errors.ts' && text.includes(errorCode))
  const isReserved = (sections.get(errorCode) ?? '').includes('**Reserved.**')

  expect(users.length > 0).toBe(!isReserved)
})
