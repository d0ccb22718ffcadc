/** A person as the HTTP API answers, and what the fixture alone knows of them. */
export interface FixturePerson {
  readonly id: string
  name: string
  login: string | null
  phone: string | null
  email: string | null
  kind: string
  organisation: string
  state: 'invited' | 'active' | 'disabled'
  isLocked: boolean
  lastSeenAt: string | null
  grants: readonly { readonly role: string; readonly organisation: string }[]
  hasSecondFactor: boolean
  devices: { id: string; name: string; kind: 'phone' | 'display'; createdAt: string; lastUsedAt: string | null }[]
}

const communes = [
  'Kim Liên',
  'Vạn An',
  'Nam Đàn',
  'Đại Huệ',
  'Thiên Nhẫn',
  'Đô Lương',
  'Bạch Ngọc',
  'Văn Hiến',
  'Con Cuông',
  'Môn Sơn',
  'Kỳ Sơn',
  'Mường Xén',
  'Quỳ Châu',
  'Quế Phong',
  'Thông Thụ',
  'Nghĩa Đàn',
  'Thái Hòa',
  'Yên Thành',
  'Diễn Châu',
  'Quỳnh Lưu',
  'Hoàng Mai',
  'Cửa Lò',
  'Nghi Lộc',
  'Thành Vinh',
  'Trường Vinh',
  'Hưng Nguyên'
]

/** The province, two agencies and 130 communes. */
export const fixtureOrganisations: readonly { readonly id: string; readonly name: string; readonly parent?: string }[] =
  [
    { id: 'root', name: 'Tỉnh Nghệ An' },
    { id: 'so-nnmt', name: 'Sở Nông nghiệp và Môi trường', parent: 'root' },
    { id: 'so-khcn', name: 'Sở Khoa học và Công nghệ', parent: 'root' },
    { id: 'ubnd-kim-lien', name: 'UBND xã Kim Liên', parent: 'root' },
    { id: 'htx-huong-sen', name: 'HTX Hương Sen', parent: 'ubnd-kim-lien' },
    ...Array.from({ length: 129 }, (_, i) => {
      const name = communes[(i + 1) % communes.length]!
      const district = i + 1 < communes.length ? '' : ` ${Math.floor((i + 1) / communes.length) + 1}`
      return { id: `ubnd-${i + 2}`, name: `UBND xã ${name}${district}`, parent: 'root' }
    })
  ]

const families = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Phan', 'Vũ', 'Đặng', 'Bùi', 'Hồ', 'Cao', 'Vi', 'Lô']
const middles = ['Văn', 'Thị', 'Đình', 'Hữu', 'Ngọc', 'Quang', 'Thanh', 'Xuân']
const given = ['An', 'Bình', 'Châu', 'Dũng', 'Giang', 'Hà', 'Hạnh', 'Hùng', 'Lan', 'Long', 'Mai', 'Nam', 'Oanh', 'Sơn']
const roles = ['farmer', 'farmer', 'farmer', 'operator', 'viewer', 'technician']

/** `count` made-up people, always the same ones; the first is locked, the second invited, the third disabled. */
export function fixturePeople(count: number): FixturePerson[] {
  return Array.from({ length: count }, (_, i) => {
    const name = [families[i % 13], middles[i % 8], given[(i * 5) % 14]].join(' ')
    const organisation = fixtureOrganisations[3 + (i % (fixtureOrganisations.length - 3))]!.id
    return {
      id: `person-${i + 1}`,
      name,
      login: null,
      phone: `09${String(10_000_000 + i * 37).padStart(8, '0')}`,
      email: null,
      kind: 'operational',
      organisation,
      state: i === 1 ? 'invited' : i === 2 ? 'disabled' : 'active',
      isLocked: i === 0,
      lastSeenAt: i === 1 ? null : new Date(Date.UTC(2026, 10, 29, 1) - i * 61_000).toISOString(),
      grants: [{ role: roles[i % roles.length]!, organisation }],
      hasSecondFactor: false,
      devices: []
    }
  })
}
