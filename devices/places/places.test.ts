import { describe, expect, it } from 'vitest'
import { idPattern } from '../../model/ids.ts'
import { organisation, rootOrganisation } from '../../model/registry.ts'
import { gateways, hamlets, kimLienCentre, kimLienCommune } from '../../simulators/province/kim-lien.ts'
import { agencies } from './agencies.ts'
import { communes } from './communes.ts'
import { communeOrganisationId, ngheAnOrganisations } from './nghe-an-organisations.ts'

const all = [...communes.values()]
const byId = new Map(ngheAnOrganisations.map(one => [one.id, one]))

/** The communes and wards that the province's plans name, with their codes. */
const namedInPlans: readonly (readonly [string, string])[] = [
  ['16732', 'Phường Cửa Lò'],
  ['17110', 'Phường Hoàng Mai'],
  ['17125', 'Phường Quỳnh Mai'],
  ['16681', 'Phường Thành Vinh'],
  ['17920', 'Phường Vinh Hưng'],
  ['16702', 'Phường Vinh Phú'],
  ['17329', 'Xã Anh Sơn'],
  ['17707', 'Xã Bạch Hà'],
  ['17248', 'Xã Châu Khê'],
  ['16792', 'Xã Châu Tiến'],
  ['17254', 'Xã Con Cuông'],
  ['17944', 'Xã Đại Huệ'],
  ['17530', 'Xã Đông Thành'],
  ['17524', 'Xã Giai Lạc'],
  ['18001', 'Xã Hưng Nguyên'],
  ['16822', 'Xã Keng Đu'],
  ['17791', 'Xã Kim Bảng'],
  ['17971', 'Xã Kim Liên'],
  ['18040', 'Xã Lam Thành'],
  ['17641', 'Xã Lương Sơn'],
  ['17263', 'Xã Môn Sơn'],
  ['17077', 'Xã Mường Ham'],
  ['16831', 'Xã Mường Lống'],
  ['16858', 'Xã Mường Típ'],
  ['16834', 'Xã Na Loi'],
  ['17935', 'Xã Nam Đàn'],
  ['16903', 'Xã Nga My'],
  ['17827', 'Xã Nghi Lộc'],
  ['16941', 'Xã Nghĩa Đàn'],
  ['17284', 'Xã Nghĩa Đồng'],
  ['16969', 'Xã Nghĩa Thọ'],
  ['17443', 'Xã Quảng Châu'],
  ['17176', 'Xã Quỳnh Anh'],
  ['16936', 'Xã Tam Thái'],
  ['17488', 'Xã Tân Châu'],
  ['17506', 'Xã Yên Thành']
]

describe('the communes of Nghệ An', () => {
  it('are 119 communes and 11 wards, each with a code and a name of its own', () => {
    expect(all.filter(({ kind }) => kind === 'xã')).toHaveLength(119)
    expect(all.filter(({ kind }) => kind === 'phường')).toHaveLength(11)
    expect(new Set(all.map(({ fullName }) => fullName)).size).toBe(130)
  })

  it('have full names that are kind and name, composed as Vietnamese is written', () => {
    for (const { kind, name, fullName } of all) {
      expect(fullName.toLowerCase()).toBe(`${kind} ${name.toLowerCase()}`)
      expect(fullName).toBe(fullName.normalize('NFC'))
    }
  })

  it('together have the area of the province, 16,486.49 km², and lie within its bounds', () => {
    expect(all.reduce((sum, { areaKm2 }) => sum + areaKm2, 0)).toBeCloseTo(16_486.49, 1)
    for (const { latitude, longitude } of all) {
      expect(latitude > 18.5 && latitude < 20.1).toBe(true)
      expect(longitude > 103.8 && longitude < 105.9).toBe(true)
    }
  })

  it.each([
    ['Vinh and Cửa Lò', ['16681', '16690', '16702', '16708', '16732', '17920']],
    ['Thái Hòa', ['16939', '17011']],
    ['Hoàng Mai', ['17110', '17125', '17128']]
  ])('have wards where the town of %s was', (_, codes) => {
    expect(codes.map(code => communes.get(code)?.kind)).toEqual(codes.map(() => 'phường'))
  })

  it.each(namedInPlans)('have, under %s, %s, which the plans of 2025 and 2026 name', (code, fullName) => {
    expect(communes.get(code)?.fullName).toBe(fullName)
  })

  it('agree with the simulated commune', () => {
    const kimLien = communes.get(kimLienCommune)
    expect(kimLien).toMatchObject({ latitude: 18.6681, longitude: 105.56242 })
    expect(kimLienCentre).toMatchObject({ latitude: kimLien?.latitude, longitude: kimLien?.longitude })
    expect(kimLien && communeOrganisationId(kimLien)).toBe('xa-kim-lien')
    expect([hamlets.length, gateways.length]).toEqual([5, 3])
  })
})

describe('the agencies of Nghệ An', () => {
  it('have ids and names of their own, in two languages', () => {
    expect(new Set(agencies.map(({ id }) => id)).size).toBe(agencies.length)
    expect(new Set(agencies.map(({ name }) => name)).size).toBe(agencies.length)
    for (const { id, name, nameEn } of agencies) {
      expect(id).toMatch(idPattern)
      expect(name).toBe(name.normalize('NFC'))
      expect(nameEn).not.toBe('')
    }
  })

  it('are twelve departments and more', () => {
    expect(agencies.filter(({ type }) => type === 'sở')).toHaveLength(12)
    expect(agencies.find(({ id }) => id === 'so-khoa-hoc-va-cong-nghe')?.nameEn).toBe(
      'Department of Science and Technology'
    )
  })
})

describe('the organisations of Nghệ An', () => {
  it('are the communes and the agencies of today, with ids that name one each', () => {
    const today = agencies.filter(({ isCurrent }) => isCurrent)
    expect(byId.size).toBe(communes.size + today.length)
    expect(byId.size).toBe(ngheAnOrganisations.length)
    expect(byId.has('bao-va-ptth-nghe-an')).toBe(true)
    expect(byId.has('bao-nghe-an')).toBe(false)
  })

  it('keep every rule of an organisation, and stand after their parents', () => {
    const known = new Set([rootOrganisation])
    for (const one of ngheAnOrganisations) {
      expect(organisation.parse(one)).toEqual(one)
      expect(known.has(one.parent ?? '')).toBe(true)
      known.add(one.id)
    }
  })

  it('have ids of small letters, digits and hyphens', () => {
    for (const id of byId.keys()) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  it('say what they are', () => {
    expect(byId.get('phuong-cua-lo')).toEqual({
      id: 'phuong-cua-lo',
      name: 'Phường Cửa Lò',
      nameEn: 'Cửa Lò Ward',
      kind: 'commune',
      parent: 'root',
      commune: '16732'
    })
    expect(byId.get('so-y-te')?.kind).toBe('agency')
    expect(byId.get('buu-dien-tinh')?.kind).toBe('company')
    expect(byId.get('truong-lien-cap-tieu-hoc-va-trung-hoc-co-so-xa-keng-du')?.parent).toBe('xa-keng-du')
    expect(byId.get('phong-ke-hoach-tai-chinh')?.parent).toBe('so-noi-vu')
  })
})
