import { describe, expect, it } from 'vitest'
import type { Clock } from '../../model/clock.ts'
import type { SessionRow } from '../../storage/state/people-store.ts'
import type { ApiToken, Credential } from '../../storage/state/state-store.ts'
import { CredentialBook } from './credential-book.ts'
import { RoleBook } from './roles.ts'
import { hashOf, isSameHash, newSecret } from './secrets.ts'
import { SessionBook } from './session-book.ts'
import type { SessionHolder } from './session-book.ts'
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

const roles = new RoleBook()

describe('TokenBook', () => {
  const token = (secret: string, more: Partial<ApiToken> = {}): ApiToken => ({
    id: 1,
    name: 'grafana',
    role: 'viewer',
    organisation: 'xa',
    secretHash: hashOf(secret),
    createdAt: 0,
    expiresAt: undefined,
    isSandbox: false,
    perMinute: undefined,
    lastUsedAt: undefined,
    previous: undefined,
    ...more
  })

  it('knows a token by its secret, given at first or added, until it is removed', () => {
    const book = new TokenBook([token('a')], handClock(), roles)
    book.add(token('b', { id: 2 }))
    const actor = { id: 'token:1', name: 'grafana', kind: 'token', organisation: 'xa', isSandbox: false }
    expect(book.identify('a')).toMatchObject(actor)
    expect(book.identify('b')).toMatchObject({ ...actor, id: 'token:2' })
    expect([book.identify('c'), book.identify(''), book.identify(hashOf('a'))]).toEqual([
      undefined,
      undefined,
      undefined
    ])
    const removed: number[] = []
    book.onRemoved(id => removed.push(id))
    book.remove(1)
    expect([book.identify('a'), book.actor(1), removed]).toEqual([undefined, undefined, [1]])
  })

  it.each([
    [999, true],
    [1000, false],
    [1001, false]
  ])('at %i a token that ends at 1000 is good: %s', (at, isGood) => {
    const clock = handClock()
    const book = new TokenBook([token('a', { expiresAt: 1000 })], clock, roles)
    clock.at = at
    expect(book.identify('a') !== undefined).toBe(isGood)
  })

  it('takes both secrets of a rotation until the earlier one ends', () => {
    const clock = handClock()
    const book = new TokenBook([token('new', { previous: { secretHash: hashOf('old'), until: 2000 } })], clock, roles)
    expect([book.identify('old'), book.identify('new')].map(Boolean)).toEqual([true, true])
    clock.at = 2000
    expect([book.identify('old'), book.identify('new')].map(Boolean)).toEqual([false, true])
  })

  it('lets a token ask as often a minute as it may, and says when to come again', () => {
    const clock = handClock()
    const book = new TokenBook([token('a', { perMinute: 3 })], clock, roles)
    for (let i = 0; i < 3; i++) book.take(1)
    expect(() => {
      book.take(1)
    }).toThrow(expect.objectContaining({ code: 'SEN_QUOTA', retryAfterS: 20 }))
    clock.at += 20_000
    book.take(1)
    expect(() => {
      book.take(1)
    }).toThrow(expect.objectContaining({ code: 'SEN_QUOTA' }))
  })
})

describe('SessionBook', () => {
  const idle = { peopleMs: 900_000, administratorsMs: 300_000 }
  const holder = (role: string): SessionHolder => ({
    id: 'person:1',
    kind: 'person',
    name: 'n',
    organisation: 'root',
    grants: [{ role, organisation: 'root' }],
    step: 'none'
  })
  const facts = { person: 1, device: undefined, token: undefined, via: 'password', address: '' } as const
  const opened = (book: SessionBook, role = 'viewer', more: Partial<SessionRow> = {}) => {
    const { secret, row } = book.prepare({ ...facts, ...more }, halfDayMs)
    book.add(row, holder(role))
    return secret
  }
  const halfDayMs = 12 * 3_600_000

  it.each([
    ['viewer', 900_000],
    ['administrator', 300_000]
  ])('ends the session of a %s that was idle for %i ms, and not a moment before', (role, idleMs) => {
    const clock = handClock()
    const book = new SessionBook(clock, roles, idle)
    const secret = opened(book, role)
    clock.at += idleMs - 1
    expect(book.identify(secret, false)).toBeDefined()
    clock.at += 1
    expect(book.identify(secret, true)).toBeUndefined()
    expect(book.identify(secret, true)).toBeUndefined()
  })

  it('lives on with what a person does, not with what timers do, and no longer than half a day', () => {
    const clock = handClock()
    const book = new SessionBook(clock, roles, idle)
    const secret = opened(book)
    const until = clock.at + halfDayMs
    for (; clock.at < until; clock.at += 600_000) expect(book.identify(secret, true)).toBeDefined()
    expect(book.identify(secret, true)).toBeUndefined()
  })

  it('does not end on enrolled phones for idleness: they ask for their PIN', () => {
    const clock = handClock()
    const book = new SessionBook(clock, roles, idle)
    const secret = opened(book, 'administrator', { device: 'd', via: 'device' })
    clock.at += halfDayMs - 1
    expect(book.identify(secret, false)).toBeDefined()
  })

  it('forgets sessions that are ended, and only those', () => {
    const book = new SessionBook(handClock(), roles, idle)
    const [one, other] = [opened(book), opened(book)]
    const hash = hashOf(one)
    expect(book.end(session => session.hash === hash)).toEqual([hash])
    expect([book.identify(one, true), book.identify(other, true)].map(Boolean)).toEqual([false, true])
  })

  it('gives open sessions the rights that their person has now', () => {
    const book = new SessionBook(handClock(), roles, idle)
    const secret = opened(book)
    book.update({ ...holder('operator'), step: 'change-password' })
    expect(book.identify(secret, true)).toMatchObject({
      actor: { grants: [{ role: { id: 'operator' } }] },
      session: { holder: { step: 'change-password' } }
    })
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
