import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyFile } from './key-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sen-key-'))
  path = join(folder, 'deep', 'key')
  KeyFile.create(path)
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('the key file', () => {
  it('is made once, for its owner only', () => {
    const before = readFileSync(path, 'utf8')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(KeyFile.create(path)).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('seals text differently each time, and opens it for the same purpose only', () => {
    const keys = KeyFile.open(path)
    const [one, other] = [keys.seal('mật khẩu', 'connector:a'), keys.seal('mật khẩu', 'connector:a')]
    expect(one).not.toBe(other)
    expect(keys.unseal(one, 'connector:a')).toBe('mật khẩu')
    expect(KeyFile.open(path).unseal(other, 'connector:a')).toBe('mật khẩu')
    for (const [sealed, context] of [
      [one, 'connector:b'],
      [`${one.slice(0, -2)}AA`, 'connector:a'],
      ['sealed:1:00000000:AAAAAAAAAAAAAAAA:AAAA', 'connector:a'],
      ['plain', 'connector:a']
    ] as const)
      expect(() => keys.unseal(sealed, context)).toThrow(expect.objectContaining({ code: 'SEN_KEY_FILE' }))
  })

  it('goes on opening what earlier keys sealed, and keeps the chain of the audit log, after a rotation', () => {
    const before = KeyFile.open(path)
    const sealed = before.seal('x', 'totp:1')
    KeyFile.rotate(path)
    KeyFile.rotate(path)
    const after = KeyFile.open(path)
    expect(after.unseal(sealed, 'totp:1')).toBe('x')
    expect([before.isFresh(sealed), after.isFresh(sealed), after.isFresh(after.seal('x', 'totp:1'))]).toEqual([
      true,
      false,
      true
    ])
    expect(after.auditKey.equals(before.auditKey)).toBe(true)
    expect(() => before.unseal(after.seal('x', 'totp:1'), 'totp:1')).toThrow(/is not in it/)
  })

  it.each([
    ['readable by others', () => chmodSync(path, 0o640), /others than its owner may read it/],
    ['not a key file', () => writeFileSync(path, 'secret\n'), /a line is not/],
    ['empty', () => writeFileSync(path, ''), /it holds no key/],
    ['gone', () => rmSync(path), /ENOENT/]
  ])('is refused if it is %s', (_, damage, message) => {
    damage()
    expect(() => KeyFile.open(path)).toThrow(message)
  })
})
