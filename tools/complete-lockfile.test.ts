import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completeLockfile, completeLockfileAt } from './complete-lockfile.ts'

/** A lock whose package `native` wants the named builds for other platforms. */
function lockOf(optionalDependencies: Record<string, string>, others: Record<string, object> = {}) {
  return {
    name: 'sen',
    lockfileVersion: 3,
    packages: { '': { name: 'sen' }, 'node_modules/native': { version: '1.0.0', optionalDependencies }, ...others }
  }
}

const platforms = [
  ['@native/darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
  ['@native/win32-x64-msvc', { cpu: ['x64'], os: ['win32'] }],
  ['@native/linux-arm64-musl', { cpu: ['arm64'], libc: ['musl'], os: ['linux'] }],
  ['native-linux-arm-gnueabihf', { cpu: ['arm'], libc: ['glibc'], os: ['linux'] }],
  ['@native/binding-wasm32-wasi', { cpu: ['wasm32'] }]
] as const

test.each(platforms)('adds %s with the platform that its name tells', (name, platform) => {
  const { lock, added } = completeLockfile(lockOf({ [name]: '1.2.3-r.1' }))

  expect(added).toEqual([`node_modules/${name}`])
  expect(lock).toMatchObject({ packages: { [`node_modules/${name}`]: { version: '1.2.3-r.1', optional: true } } })
  expect(lock).toMatchObject({ packages: { [`node_modules/${name}`]: platform } })
})

test('adds nothing where the entry stands at the top, beside its dependent or above it', () => {
  const entry = { version: '1.0.0', optional: true }
  const lock = lockOf(
    { 'native-linux-x64': '1.0.0', 'native-darwin-x64': '1.0.0' },
    { 'node_modules/native-linux-x64': entry, 'node_modules/native/node_modules/native-darwin-x64': entry }
  )

  expect(completeLockfile(lock)).toEqual({ lock, added: [] })
})

test('accepts any version that npm chose for a range', () => {
  const lock = lockOf({ fsevents: '~2.3.2' }, { 'node_modules/fsevents': { version: '2.3.3', optional: true } })

  expect(completeLockfile(lock).added).toEqual([])
})

test('adds the entry in its dependent where another version stands at the top', () => {
  const lock = lockOf({ 'native-linux-x64': '1.0.0' }, { 'node_modules/native-linux-x64': { version: '2.0.0' } })

  expect(completeLockfile(lock).added).toEqual(['node_modules/native/node_modules/native-linux-x64'])
})

test('adds a package once that two dependents want', () => {
  const second = { 'node_modules/second': { version: '1.0.0', optionalDependencies: { 'native-linux-x64': '1.0.0' } } }

  expect(completeLockfile(lockOf({ 'native-linux-x64': '1.0.0' }, second)).added).toHaveLength(1)
})

test('marks what only development needs', () => {
  const tool = { version: '1.0.0', dev: true, optionalDependencies: { 'tool-linux-x64': '1.0.0' } }

  const { lock } = completeLockfile(lockOf({}, { 'node_modules/tool': tool }))

  expect(lock).toMatchObject({ packages: { 'node_modules/tool-linux-x64': { dev: true } } })
})

test.each([
  ['a range', { 'native-linux-x64': '^1.0.0' }, 'native-linux-x64: version "^1.0.0" is not exact'],
  ['a name without a platform', { extras: '1.0.0' }, 'extras: its name tells no platform']
])('refuses %s and names the package', (_, wanted, message) => {
  expect(() => completeLockfile(lockOf(wanted))).toThrow(message)
})

test('refuses a lock of another version', () => {
  expect(() => completeLockfile({ lockfileVersion: 2, packages: {} })).toThrow('version 2 is not 3')
})

test('writes a file in the order of npm, and leaves a complete one untouched', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sen-lock-'))
  try {
    const path = join(folder, 'package-lock.json')
    const before = lockOf({ 'another-linux-x64': '1.0.0' })
    await writeFile(path, JSON.stringify(before))

    expect(await completeLockfileAt(path)).toEqual(['node_modules/another-linux-x64'])
    const written = await readFile(path, 'utf8')
    expect(Object.keys(JSON.parse(written).packages)).toEqual([
      '',
      'node_modules/another-linux-x64',
      'node_modules/native'
    ])
    expect(await completeLockfileAt(path)).toEqual([])
    expect(await readFile(path, 'utf8')).toBe(written)
  } finally {
    await rm(folder, { recursive: true })
  }
})
