import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinkError } from '../api/http.ts'
import { ApiError } from '../api/problem.ts'
import { formatsOf } from '../words/formats.ts'
import { durationText, failureText } from '../words/failure-text.ts'
import { common as en } from '../words/en/every-page.ts'
import { common as vi } from '../words/vi/every-page.ts'
import { base64url } from './base64url.ts'
import { changedFields } from './changed-fields.ts'
import { daysBetween } from './day.ts'
import { machineOf } from './device-name.ts'
import { failureOf } from './failure.ts'
import { Idle } from './idle.ts'
import { organisationTree } from './organisation-tree.ts'
import { checkPassword } from './password-rule.ts'
import { lockAfterMs, PhoneLock } from './phone-lock.ts'
import { pinFault } from './pin-rule.ts'
import { personHref, routeOf } from './route.ts'
import { sectionOf, sectionsFor } from './sections.ts'
import { silentLongest, sitesAtAGlance } from './wall.ts'

describe('routeOf', () => {
  test.each([
    ['', { name: 'live' }],
    ['#/', { name: 'live' }],
    ['#devices', { name: 'live' }],
    ['#/people', { name: 'people' }],
    ['#/people/a%2Fb', { name: 'person', id: 'a/b' }],
    ['#/people/%', { name: 'person', id: '%' }],
    ['#/enrol?k=abc-_1', { name: 'enrol', secret: 'abc-_1' }],
    ['#/enrol', { name: 'enrol', secret: undefined }],
    ['#/display', { name: 'display' }],
    ['#/people/a/b', { name: 'unknown' }],
    ['#/nowhere', { name: 'unknown' }]
  ])('%s', (hash, route) => expect(routeOf(hash)).toEqual(route))

  test('finds every id again', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), id => {
        expect(routeOf(personHref(id))).toEqual({ name: 'person', id })
      }),
      { seed: 4 }
    )
  })
})

test('the navigation shows what the actions allow', () => {
  expect(sectionsFor(['read', 'read-audit']).map(({ name }) => name)).toEqual(['live', 'gateways', 'rules', 'audit'])
  expect(sectionsFor([])).toEqual([])
  expect(sectionOf('person')?.name).toBe('people')
  expect(sectionOf('new-rule')?.name).toBe('rules')
  expect(sectionOf('account')).toBeUndefined()
})

describe('pinFault', () => {
  test.each(['000000', '999999', '123456', '234567', '654321', '098765', '890123', '121212', '123123'])(
    '%s is guessed first',
    pin => expect(pinFault(pin)).toBe('guessable')
  )
  test.each(['274913', '112358', '102030'])('%s will do', pin => expect(pinFault(pin)).toBeUndefined())
  test.each(['', '12345', '1234567', '27491a', '２７４９１３'])('%s is no PIN', pin =>
    expect(pinFault(pin)).toBe('length')
  )
})

describe('checkPassword', () => {
  test.each([
    ['', 'weak'],
    ['Ab1!xyz', 'weak'],
    ['ngắn quá', 'with-factor'],
    ['matkhaurấtlàdài', 'with-factor'],
    ['Mat-khau-dai-1', 'strong'],
    ['mat-khau-dai-1', 'with-factor'],
    ['Đường-đến-trường-7', 'strong']
  ])('%s is %s', (password, strength) => expect(checkPassword(password).strength).toBe(strength))
})

describe('organisationTree', () => {
  const { order } = formatsOf('vi')

  test('puts those below under those above, in the order of their names', () => {
    const tree = organisationTree(
      [
        { id: 'c', name: 'Xã Vạn An', parent: 'a' },
        { id: 'b', name: 'Xã Kim Liên', parent: 'a' },
        { id: 'd', name: 'HTX Hương Sen', parent: 'b' },
        { id: 'a', name: 'Tỉnh', parent: undefined }
      ],
      order
    )
    expect(tree.map(({ id, depth }) => [id, depth])).toEqual([
      ['a', 0],
      ['b', 1],
      ['d', 2],
      ['c', 1]
    ])
    expect(tree[2]?.above).toEqual(['Xã Kim Liên', 'Tỉnh'])
  })

  test('holds each once, whatever the parents', () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const one = fc.constantFrom(...ids, 'elsewhere', undefined)
    fc.assert(
      fc.property(fc.array(one, { minLength: 5, maxLength: 5 }), parents => {
        const tree = organisationTree(
          ids.map((id, i) => ({ id, name: id, parent: parents[i] })),
          order
        )
        expect(tree.map(({ id }) => id).sort()).toEqual(ids)
      }),
      { seed: 4 }
    )
  })
})

test('days are those of Vietnam, the last one counts in full', () => {
  expect(daysBetween('2026-11-29', '2026-11-29')).toEqual({
    from: '2026-11-28T17:00:00.000Z',
    to: '2026-11-29T17:00:00.000Z'
  })
  expect(daysBetween('', 'soon')).toEqual({})
})

test('says what differs between before and after', () => {
  expect(
    changedFields({ state: 'active', name: 'Lan', n: [1] }, { state: 'disabled', name: 'Lan', n: [1, 2] })
  ).toEqual([
    { field: 'state', before: 'active', after: 'disabled' },
    { field: 'n', before: '[1]', after: '[1,2]' }
  ])
  expect(changedFields(undefined, { role: 'viewer' })).toEqual([{ field: 'role', before: '–', after: 'viewer' }])
  expect(changedFields('a', 'b')).toEqual([{ field: '', before: 'a', after: 'b' }])
  expect(changedFields(null, undefined)).toEqual([])
})

describe('Idle', () => {
  function setUp(idleAfterMs: number | undefined = 300_000) {
    const said: string[] = []
    const idle = new Idle({ touch: () => said.push('touch'), check: () => said.push('check') })
    idle.begin(0, idleAfterMs)
    return { idle, said }
  }

  test('tells the server of input, at most every 15 s', () => {
    const { idle, said } = setUp()
    for (let at = 0; at <= 31_000; at += 1_000) idle.input(at)
    expect(said).toEqual(['touch', 'touch'])
  })

  test('warns before the session ends, and no more once there was input', () => {
    const { idle } = setUp()
    expect(idle.tick(239_000)).toBeUndefined()
    expect(idle.tick(240_000)).toBe(60_000)
    expect(idle.tick(299_000)).toBe(1_000)
    idle.input(299_500)
    expect(idle.tick(299_600)).toBeUndefined()
  })

  test('asks once the time is up, and again now and then while another tab keeps the session', () => {
    const { idle, said } = setUp()
    for (let at = 299_000; at <= 330_000; at += 1_000) idle.tick(at)
    expect(said).toEqual(['check', 'check', 'check'])
  })

  test('does nothing where sessions do not idle', () => {
    const { idle, said } = setUp(undefined)
    idle.begin(0, undefined)
    idle.input(900_000)
    expect(idle.tick(86_400_000)).toBeUndefined()
    expect(said).toEqual([])
  })
})

describe('PhoneLock', () => {
  function setUp() {
    const kept = new Map<string, string>()
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value)
    }
    return new PhoneLock(() => storage)
  }

  test('asks at opening, and after five minutes out of sight', () => {
    const lock = setUp()
    expect(lock.isDue(1_000)).toBe(true)
    lock.seen(1_000)
    expect(lock.isDue(1_000 + lockAfterMs - 1)).toBe(false)
    expect(lock.isDue(1_000 + lockAfterMs)).toBe(true)
  })

  test('a clock set back does not keep it open', () => {
    const lock = setUp()
    lock.seen(1_000_000)
    expect(lock.isDue(999_999)).toBe(true)
  })

  test('asks each time where the browser keeps nothing', () => {
    const lock = new PhoneLock(() => {
      throw new Error('denied')
    })
    lock.seen(1_000)
    expect(lock.isDue(1_001)).toBe(true)
  })
})

describe('failures', () => {
  const formats = formatsOf('vi')
  const refusal = (code: string, more = {}) =>
    failureOf(new ApiError(401, 'sign in: no', { code, ...more }), Date.now())

  test('are told in the language, with what the server said for whoever looks for the cause', () => {
    expect(failureText(refusal('SEN_FORBIDDEN'), vi, formats)).toEqual({
      text: vi.failures.codes.SEN_FORBIDDEN,
      said: 'sign in: no'
    })
    expect(failureText(refusal('SEN_NEW'), en, formatsOf('en'))).toEqual({ text: 'The server refuses: sign in: no' })
  })

  test('the place may say it in its own words', () => {
    const told = failureText(refusal('SEN_UNAUTHENTICATED', { triesLeft: 2 }), vi, formats, {
      SEN_UNAUTHENTICATED: 'Mã PIN không đúng.'
    })
    expect(told).toEqual({ text: 'Mã PIN không đúng. Còn 2 lần thử.' })
  })

  test('a lock says how long, or until when', () => {
    expect(failureText(refusal('SEN_TRIES', { retryAfterS: 60 }), vi, formats).text).toMatch(/Thử lại sau \d\d giây\.$/)
    expect(failureText(refusal('SEN_TRIES', { retryAfterS: 43_200 }), vi, formats).text).toMatch(
      /Thử lại từ \d\d:\d\d \d\d\/\d\d\/\d{4}\.$/
    )
  })

  test('a lost link, a slow one and a closed fingerprint sheet are not errors of the page', () => {
    const closed = Object.assign(new Error('closed'), { name: 'NotAllowedError' })
    const kinds = [new LinkError('unreachable', 'x'), new LinkError('too-slow', 'x'), closed, new Error('bug')]
    expect(kinds.map(error => failureOf(error, 0).kind)).toEqual(['unreachable', 'too-slow', 'cancelled', 'unexpected'])
  })

  test.each([
    [0, '1 giây'],
    [45_200, '46 giây'],
    [599_000, '10 phút'],
    [43_200_000, '12 giờ']
  ])('%d ms are %s', (ms, text) => expect(durationText(ms, vi, formats)).toBe(text))
})

test('the wall shows first what needs somebody', () => {
  const now = 10_000_000
  const device = (site: string, newestAt: number) => ({ registration: { site }, newestAt })
  const devices = [device('a', now), device('b', now), device('b', 5), device('c', Number.NEGATIVE_INFINITY)]
  const sites = sitesAtAGlance(devices, now, id => id, formatsOf('vi').order)
  expect(sites.map(({ id, all, reporting }) => [id, all, reporting])).toEqual([
    ['b', 2, 1],
    ['c', 1, 0],
    ['a', 1, 1]
  ])
  expect(silentLongest(devices, now).map(({ registration }) => registration.site)).toEqual(['c', 'b'])
})

test('base64url is the one that servers read', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    }),
    { seed: 4 }
  )
})

test('names the machine', () => {
  expect(machineOf('Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36')).toBe('Android')
  expect(machineOf('curl/8')).toBeUndefined()
})
