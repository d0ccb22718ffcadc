import { describe, expect, it } from 'vitest'
import type { Clock } from '../../model/clock.ts'
import type { ApiToken, Credential } from '../../storage/state/state-store.ts'
import type { Actor } from './authorise.ts'
import { CredentialBook } from './credential-book.ts'
import { hashOf, isSameHash, newSecret } from './secrets.ts'
import { SessionBook } from './session-book.ts'
import { TokenBook } from './token-book.ts'

/** A clock that stands until it is moved. */
function handClock(): Clock & { at: number } {
  return {
    at: 1000,
    now() {
      return this.at
    },
    monotonic() {
      return this.at
    }
  }
}

const credential = (username: string, password: string): Credential => ({
  username,
  kind: username.startsWith('site:') ? 'site' : 'device',
  subject: username.replace('site:', ''),
  secretHash: hashOf(password),
  createdAt: 0
})

describe('CredentialBook', () => {
  const book = new CredentialBook([credential('lua-01', 'one'), credential('site:ruong', 'two')])

  it.each([
    ['lua-01', 'one', { kind: 'device', subject: 'lua-01', username: 'lua-01' }],
    ['site:ruong', 'two', { kind: 'site', subject: 'ruong', username: 'site:ruong' }],
    ['lua-01', 'two', undefined],
    ['lua-01', '', undefined],
    ['nobody', 'one', undefined],
    ['', '', undefined],
    ['__proto__', 'one', undefined]
  ])('knows %s with "%s" as %o', (username, password, identity) => {
    expect(book.identify(username, password)).toEqual(identity)
    expect(book.identify(username, Buffer.from(password))).toEqual(identity)
  })

  it('takes the old and the new password of one name, until both are removed', () => {
    const rotated = new CredentialBook([credential('d', 'old')])
    rotated.add(credential('d', 'new'))
    expect([rotated.identify('d', 'old'), rotated.identify('d', 'new')].map(Boolean)).toEqual([true, true])
    rotated.remove('d')
    expect([rotated.identify('d', 'old'), rotated.identify('d', 'new')].map(Boolean)).toEqual([false, false])
  })

  it('does not let the hash stand for the password', () => {
    expect(book.identify('lua-01', hashOf('one'))).toBeUndefined()
  })
})

describe('TokenBook', () => {
  const token = (secret: string, expiresAt?: number): ApiToken => ({
    id: 1,
    name: 'grafana',
    role: 'viewer',
    organisation: 'xa',
    secretHash: hashOf(secret),
    createdAt: 0,
    expiresAt
  })

  it('knows a token by its secret, given at first or added', () => {
    const book = new TokenBook([token('a')], handClock())
    book.add(token('b'))
    const actor = { name: 'token:1', role: 'viewer', organisation: 'xa' }
    expect([book.identify('a'), book.identify('b')]).toEqual([actor, actor])
    expect([book.identify('c'), book.identify(''), book.identify(hashOf('a'))]).toEqual([
      undefined,
      undefined,
      undefined
    ])
  })

  it.each([
    [999, true],
    [1000, false],
    [1001, false]
  ])('at %i a token that ends at 1000 is good: %s', (at, isGood) => {
    const clock = handClock()
    const book = new TokenBook([token('a', 1000)], clock)
    clock.at = at
    expect(book.identify('a') !== undefined).toBe(isGood)
  })
})

describe('SessionBook', () => {
  const actor: Actor = { name: 'demo', role: 'viewer', organisation: 'root' }
  const halfDayMs = 12 * 3_600_000

  it('knows a session for twelve hours', () => {
    const clock = handClock()
    const book = new SessionBook(clock)
    const secret = book.open(actor)
    clock.at += halfDayMs - 1
    expect(book.identify(secret)).toEqual(actor)
    clock.at += 1
    expect(book.identify(secret)).toBeUndefined()
  })

  it('forgets a session that is closed, and only that', () => {
    const book = new SessionBook(handClock())
    const [one, other] = [book.open(actor), book.open(actor)]
    book.close(one)
    book.close('never opened')
    expect([book.identify(one), book.identify(other)]).toEqual([undefined, actor])
  })

  it('drops the oldest beyond 10,000', () => {
    const book = new SessionBook(handClock())
    const secrets = Array.from({ length: 10_001 }, () => book.open(actor))
    expect([0, 1, 10_000].map(i => book.identify(secrets[i] ?? '') !== undefined)).toEqual([false, true, true])
  })
})

describe('secrets', () => {
  it('are 128 bits that need no quoting, never twice the same', () => {
    const secrets = Array.from({ length: 1000 }, newSecret)
    expect(new Set(secrets).size).toBe(1000)
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })

  it('are compared by hash, text and bytes alike', () => {
    expect(hashOf('sen')).toBe(hashOf(Buffer.from('sen')))
    expect([isSameHash(hashOf('a'), hashOf('a')), isSameHash(hashOf('a'), hashOf('b'))]).toEqual([true, false])
  })
})
