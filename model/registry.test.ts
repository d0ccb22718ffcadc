import { describe, expect, it } from 'vitest'
import { gateway, kindOf, organisation, placeGroup, registryChange } from './registry.ts'

describe('an organisation', () => {
  it('says what it is, and is the province or something else where it does not', () => {
    expect(kindOf({ id: 'xa', name: 'Xã', kind: 'commune' })).toBe('commune')
    expect(kindOf({ id: 'root', name: 'Nghệ An' })).toBe('province')
    expect(kindOf({ id: 'xa', name: 'Xã' })).toBe('other')
  })

  it('may be what it was before there were kinds', () => {
    const old = { id: 'xa-kim-lien', name: 'UBND xã Kim Liên', parent: 'root', commune: '17971' }
    expect(organisation.parse(old)).toEqual(old)
    expect(organisation.safeParse({ ...old, kind: 'district' }).success).toBe(false)
  })
})

describe('a gateway', () => {
  const whole = {
    id: '24e124fffef79101',
    name: 'Trụ sở xã',
    owner: 'xa-kim-lien',
    sharedWith: ['htx-nam-dan'],
    commune: '17971',
    position: { latitude: 18.668, longitude: 105.562, altitude: 34 },
    antenna: { heightM: 27, gainDbi: 3 },
    link: '4g' as const
  }

  it('is its EUI, its name, its owner, and whatever else is known of it', () => {
    expect(gateway.parse(whole)).toEqual(whole)
    const { id, name, owner, sharedWith } = whole
    expect(gateway.parse({ id, name, owner, sharedWith })).toEqual({ id, name, owner, sharedWith })
  })

  it.each([
    ['an EUI in capitals', { id: '24E124FFFEF79101' }],
    ['an EUI that is too short', { id: '24e124fffef791' }],
    ['an organisation twice', { sharedWith: ['a', 'a'] }],
    ['half an antenna', { antenna: { heightM: 27 } }],
    ['an unknown link', { link: 'pigeon' }],
    ['a commune that is no code', { commune: '1797' }]
  ])('with %s is refused', (_, part) => {
    expect(gateway.safeParse({ ...whole, ...part }).success).toBe(false)
  })
})

describe('a group of communes', () => {
  const group = { id: 'huyen-nam-dan', name: 'Huyện Nam Đàn (cũ)', communes: ['17935', '17971'] }

  it('is a name for several codes', () => {
    expect(placeGroup.parse(group)).toEqual(group)
  })

  it.each([
    ['an id that looks like a code', { id: '17935' }],
    ['no commune', { communes: [] }],
    ['a commune twice', { communes: ['17935', '17935'] }],
    ['a name for a code', { communes: ['Nam Đàn'] }]
  ])('with %s is refused', (_, part) => {
    expect(placeGroup.safeParse({ ...group, ...part }).success).toBe(false)
  })

  it('may have an id of digits, as long as they are not five', () => {
    expect(placeGroup.safeParse({ ...group, id: '179357' }).success).toBe(true)
  })
})

it('a change is the whole of one thing, or its removal by id', () => {
  expect(registryChange.safeParse({ kind: 'place-group-removed', id: 'huyen-nam-dan' }).success).toBe(true)
  expect(registryChange.safeParse({ kind: 'gateway-removed', id: 'x' }).success).toBe(false)
  expect(registryChange.safeParse({ kind: 'gateway', gateway: { id: '24e124fffef79101' } }).success).toBe(false)
})
