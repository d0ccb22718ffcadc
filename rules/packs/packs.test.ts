import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import { metricCatalogue } from '../../model/metric.ts'
import type { Condition } from '../../model/rule.ts'
import { sentenceOf } from '../sentence/rule-sentence.ts'
import { loadCases, loadPacks } from './load-packs.ts'
import type { RulePack } from './pack.ts'
import { parametersOf, rulesOf } from './rules-of.ts'
import type { PackUse } from './rules-of.ts'

let packs: ReadonlyMap<string, RulePack>
const use: PackUse = { organisation: 'root', scope: { sites: ['s'] }, idOf: id => id }

beforeAll(async () => {
  packs = await loadPacks()
})

/** Every rule that can be made, with areas and unknown limits set to something. */
function allDrafts() {
  return [...packs.values()].flatMap(pack => {
    const open = pack.rules.flatMap(rule =>
      Object.entries(parametersOf(pack, rule)).flatMap(([key, { kind, value }]) => {
        if (value !== null) return []
        return [[`${rule.id}.${key}`, kind === 'area' ? { centre: [18.7, 105.7], radiusKm: 30 } : 5]]
      })
    )
    return rulesOf(pack, { ...use, parameters: Object.fromEntries(open) as Record<string, unknown> }).drafts
  })
}

function metricsOf(condition: Condition): readonly string[] {
  if ('of' in condition) {
    const { of } = condition
    return ('kind' in of ? [of] : of).flatMap(metricsOf)
  }
  return 'metric' in condition && condition.metric !== undefined ? [condition.metric] : []
}

describe('the packs', () => {
  test('are the ones of the list', () => {
    expect([...packs.keys()]).toEqual([
      ...['air-quality', 'aquaculture', 'cold-chain', 'device-health', 'heat', 'hydrology', 'irrigation', 'livestock'],
      ...['lorawan-network', 'rain', 'street-light', 'vessel', 'water-quality']
    ])
  })

  test('speak only of metrics of the catalogue and of profiles', async () => {
    const known = new Set(metricCatalogue.keys())
    for (const { metrics } of (await loadProfiles()).values()) for (const { name } of metrics) known.add(name)
    const named = allDrafts().flatMap(({ levels }) => levels.flatMap(({ when }) => metricsOf(when)))
    expect([...new Set(named)].filter(metric => !known.has(metric))).toEqual([])
  })

  test('can all be read as sentences, and no rule names a metric by its code there', () => {
    const names = { metric: (name: string) => metricCatalogue.get(name) ?? { vi: name, en: name, unit: '' } }
    for (const draft of allDrafts()) {
      for (const language of ['vi', 'en'] as const) {
        const { levels } = sentenceOf(draft, names, language)
        expect(levels).toHaveLength(draft.levels.length)
      }
    }
  })

  test('of water, rain, heat and wind never pose as official bulletins', () => {
    const official = ['hydrology', 'rain', 'heat', 'air-quality', 'water-quality'].flatMap(id => packs.get(id) ?? [])
    const levels = official.flatMap(({ rules }) => rules.flatMap(one => one.levels))
    const posing = levels.filter(
      ({ advice }) =>
        !/Cảnh báo kỹ thuật|không phải công bố chính thức/.test(advice.vi) || !/[Tt]echnical/.test(advice.en)
    )
    expect(posing.map(({ name }) => name.vi)).toEqual([])
  })

  test('have two cases for each rule at least, one that rings and one that does not', async () => {
    const all = await Promise.all([...packs.values()].map(async pack => ({ pack, cases: await loadCases(pack) })))
    const lacking = all.flatMap(({ pack, cases }) =>
      pack.rules.flatMap(({ id }) => {
        const own = cases.filter(({ one }) => one.rule === id)
        const rings = own.some(({ one }) => one.expected.length > 0)
        const isSilent = own.some(({ one }) => one.expected.length === 0)
        return rings && isSilent ? [] : [`${pack.id}/${id}`]
      })
    )
    expect(lacking).toEqual([])
  })
})

describe('rules of a pack', () => {
  test('leave out levels that nobody has verified, and say which', () => {
    const pack = packs.get('hydrology')!
    const { drafts, open } = rulesOf(pack, { ...use, rules: ['nam-dan', 'dua', 'muong-xen'] })
    expect(drafts.map(({ id, levels }) => [id, levels.length])).toEqual([
      ['nam-dan', 3],
      ['dua', 1]
    ])
    expect(drafts[0]).toMatchObject({ pack: 'hydrology/nam-dan', per: 'device', isEnabled: true })
    expect(drafts[0]?.levels[0]?.when).toEqual({
      ...{ kind: 'lasting', forS: 600 },
      of: { kind: 'threshold', metric: 'water_level', op: '>=', value: 5.4, clear: 5.3, datum: true }
    })
    expect(drafts[1]?.levels[0]?.name.vi).toBe('Mực nước đạt báo động III')
    expect(open).toEqual([
      { rule: 'dua', level: 1, parameters: ['bd1'] },
      { rule: 'dua', level: 2, parameters: ['bd2'] },
      ...[1, 2, 3].map(level => ({ rule: 'muong-xen', level, parameters: [`bd${level}`] }))
    ])
  })

  test('take what somebody has typed from the annex, for one rule or for all', () => {
    const pack = packs.get('hydrology')!
    const parameters = { 'muong-xen.bd3': 142.5, bd3: 30, clearBy: 0.05 }
    const { drafts } = rulesOf(pack, { ...use, rules: ['muong-xen', 'do-luong'], parameters })
    expect(drafts.map(({ levels }) => levels[0]?.when)).toMatchObject([
      { of: { value: 142.5, clear: 142.45 } },
      { of: { value: 30, clear: 29.95 } }
    ])
  })

  test.each<readonly [string, Partial<PackUse>, RegExp]>([
    ['a rule that is not there', { rules: ['x'] }, /find rule x of pack hydrology: there is none/],
    ['a parameter that is not there', { parameters: { bd4: 1 } }, /have no parameter bd4/],
    [
      'a value out of its range',
      { parameters: { 'nam-dan.bd1': 9999 } },
      /bd1 is 9999, must be a number from -5 to 500/
    ],
    ['a value that is none', { parameters: { 'nam-dan.bd1': '5.4' } }, /bd1 is "5.4", must be a number/],
    ['limits of one place without a place', { scope: { tags: ['lam'] } }, /scope must name sites or devices/],
    [
      'a scope that says nothing',
      { scope: {}, rules: ['rise-upstream'] },
      /scope must name sites, devices, profiles or tags/
    ]
  ])('refuse %s', (_what, wrong, problem) => {
    const pack = packs.get('hydrology')!
    expect(() => rulesOf(pack, { ...use, ...wrong })).toThrow(problem)
  })

  test('refuse an area that is none', () => {
    const pack = packs.get('vessel')!
    expect(() => rulesOf(pack, { ...use, parameters: { zone: { radiusKm: 3 } } })).toThrow(
      /use rule vessel\/out-of-zone: levels\.0\.when/
    )
  })
})

describe('a pack that is wrong', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packs-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const good = {
    ...{ id: 'p', name: { vi: 'P', en: 'P' }, about: { vi: 'a', en: 'a' }, review: { vi: 'r', en: 'r' } },
    rules: [
      {
        ...{ id: 'one', name: { vi: 'Một', en: 'One' }, source: 'somewhere' },
        levels: [
          {
            ...{ name: { vi: 'Một', en: 'One' }, severity: 'low', advice: { vi: 'a', en: 'a' } },
            when: { kind: 'threshold', metric: 'ph', op: '>', value: '$limit' } as Record<string, unknown>
          }
        ],
        parameters: {
          limit: { kind: 'number', vi: 'Mức', en: 'Limit', min: 0, max: 14, value: null as number | null }
        } as Record<string, unknown>
      }
    ]
  }

  async function read(pack: unknown, cases?: unknown) {
    await mkdir(join(folder, 'p', 'cases'), { recursive: true })
    await writeFile(join(folder, 'p', 'pack.yaml'), typeof pack === 'string' ? pack : JSON.stringify(pack))
    await writeFile(
      join(folder, 'p', 'cases', 'one.yaml'),
      JSON.stringify(cases ?? [{ case: 'c', rule: 'one', expected: [] }])
    )
    const read = (await loadPacks(folder)).get('p')!
    return loadCases(read, folder)
  }
  const changed = (change: (pack: typeof good) => void) => {
    const copy = structuredClone(good)
    change(copy)
    return copy
  }

  test('is read where it is right', async () => {
    expect(await read(good)).toHaveLength(1)
  })

  test.each<readonly [string, unknown, RegExp]>([
    ['no YAML', 'rules: [', /read rules\/packs\/p\/pack\.yaml: /],
    ['another id', changed(pack => (pack.id = 'q')), /id is "q", must be the folder's name/],
    ['no source', changed(pack => (pack.rules[0]!.source = '')), /rules\.0\.source \(is ""\)/],
    ['an unknown key', { ...good, colour: 'red' }, /Unrecognized key: "colour"/],
    ['a rule twice', changed(pack => pack.rules.push(pack.rules[0]!)), /rule one: there are two of this id/],
    [
      'a parameter that is not there',
      changed(pack => (pack.rules[0]!.levels[0]!.when['value'] = '$nothing')),
      /rule one: \$nothing is no parameter/
    ],
    [
      'a parameter for nothing',
      changed(pack => (pack.rules[0]!.levels[0]!.when['value'] = 7)),
      /rule one: parameter limit is not used/
    ],
    [
      'a condition that is none',
      changed(pack => (pack.rules[0]!.levels[0]!.when['op'] = '=>')),
      /rule one: use rule p\/one: levels\.0\.when/
    ],
    [
      'a value out of its own range',
      changed(pack => ((pack.rules[0]!.parameters['limit'] as { value: number }).value = 15)),
      /rule one: use rule p\/one: limit is 15, must be a number from 0 to 14/
    ]
  ])('is refused for %s', async (_what, pack, problem) => {
    await expect(read(pack)).rejects.toThrow(problem)
  })

  test.each<readonly [string, unknown, RegExp]>([
    ['a rule that is not there', { case: 'c', rule: 'two', expected: [] }, /case "c": pack p has no rule two/],
    [
      'a time that is none',
      { case: 'c', rule: 'one', expected: [], lasts: '5 hours' },
      /0\.lasts \(is "5 hours"\): must be a time like 8h40m/
    ]
  ])('has cases refused for %s', async (_what, one, problem) => {
    await expect(read(good, [one])).rejects.toThrow(problem)
  })
})
