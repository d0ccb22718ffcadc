import { expect, test } from 'vitest'
import { completeLockfile } from '../../tools/complete-lockfile.ts'
import { dependenciesOf } from './package-file.ts'
import { projectText } from './project-files.ts'

const lock = projectText('package-lock.json')

test('the lock names no place to fetch from', () => {
  expect(lock).not.toContain('"resolved"')
  expect(lock).not.toMatch(/registry/i)
})

test('the lock has an entry for every platform, so that npm ci accepts it (else: npm run lock)', () => {
  expect(completeLockfile(JSON.parse(lock)).added).toEqual([])
})

test('every dependency has one exact version, the same in package.json and in the lock', () => {
  const dependencies = dependenciesOf(projectText('package.json'))
  const locked = dependenciesOf(JSON.stringify(JSON.parse(lock).packages['']))

  expect(dependencies.size).toBeGreaterThan(0)
  expect([...dependencies].filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([])
  expect(locked).toEqual(dependencies)
})
