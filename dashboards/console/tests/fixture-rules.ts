import type { Rule } from '../../../model/rule.ts'
import type { FixtureAnswer, FixtureCall } from './fixture-access.ts'

const flood: Rule = {
  id: 'lu-nam-dan',
  name: { vi: 'Lũ Nam Đàn', en: 'Flood at Nam Dan' },
  organisation: 'root',
  version: 3,
  isEnabled: true,
  scope: { sites: ['kim-lien'] },
  per: 'device',
  levels: [
    {
      name: { vi: 'Báo động I', en: 'Alarm level I' },
      severity: 'medium',
      when: {
        ...{ kind: 'lasting', forS: 600 },
        of: { kind: 'threshold', metric: 'water_level', op: '>=', value: 5.4, clear: 5.3, datum: true }
      }
    },
    {
      name: { vi: 'Báo động III', en: 'Alarm level III' },
      severity: 'critical',
      when: {
        kind: 'any',
        of: [
          { kind: 'threshold', metric: 'water_level', op: '>=', value: 7.9, datum: true },
          { kind: 'change', metric: 'water_level', op: '>=', value: 1, overS: 3600 }
        ]
      },
      advice: { vi: 'Di dời người dân vùng trũng.', en: 'Move people out of low ground.' }
    }
  ],
  pack: 'hydrology/nam-dan',
  source: 'QĐ 05/2020/QĐ-TTg',
  author: 'person:1'
}
const fence: Rule = {
  ...{ id: 'bo-xa', name: { vi: 'Bò ra khỏi bãi', en: 'Cattle left the pasture' }, organisation: 'ubnd-kim-lien' },
  ...{ version: 1, isEnabled: false, scope: { tags: ['bo'] }, per: 'device', author: 'person:1' },
  levels: [
    {
      name: { vi: 'Ra ngoài', en: 'Outside' },
      severity: 'high',
      when: { kind: 'geofence', is: 'outside', area: { centre: [18.67, 105.6], radiusKm: 1.2 } }
    }
  ]
}

/** Rules as a server has them: one with two levels, one that the form has no fields for. */
export class FixtureRules {
  readonly #items: Rule[] = [flood, fence]

  answer({ method, path, body }: FixtureCall): FixtureAnswer | undefined {
    const id = path.split('/')[1]
    if (method === 'POST') {
      this.#items.push({ ...body, version: 1, author: 'person:1' } as Rule)
      return { status: 201, body: this.#items.at(-1) }
    }
    if (id === undefined) return { status: 200, body: { items: this.#items, cursor: null } }
    const index = this.#items.findIndex(one => one.id === id)
    const found = this.#items[index]
    if (!found) return undefined
    if (method === 'DELETE') {
      this.#items.splice(index, 1)
      return { status: 204 }
    }
    if (method === 'PATCH') this.#items[index] = { ...found, ...body, version: found.version + 1 }
    return { status: 200, body: this.#items[index] }
  }
}
