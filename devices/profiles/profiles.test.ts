import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import { QuickJsCodecRuntime } from '../codec/quickjs-codec-runtime.ts'
import { loadProfiles } from './load-profiles.ts'
import type { LoadedProfile } from './load-profiles.ts'
import { profileTable } from './profile-table.fixture.ts'
import { proveNewProfiles, proveProfiles } from './prove-profiles.ts'

const runtime = new QuickJsCodecRuntime({ log: silentLog })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

const own = await loadProfiles()

describe('the profiles that come with Sen', () => {
  const examples = [...own].flatMap(([id, loaded]) =>
    loaded.examples.map(
      (example, index) => [id, example.description ?? `number ${index + 1}`, loaded, example] as const
    )
  )
  test.each(examples)('%s: %s', async (id, _title, loaded, example) => {
    const one: LoadedProfile = { ...loaded, examples: [example] }

    expect((await proveProfiles(new Map([[id, one]]), runtime)).size).toBe(1)
  })

  test('have codecs without state, and are listed as proven by what their files hold (vitest -u writes the list)', async () => {
    const proven = [...(await proveProfiles(own, runtime))]
    const stateless = proven.filter(([, { codec }]) => codec?.isStateful !== true)
    const hashes = Object.fromEntries(stateless.map(([id, { hash }]) => [id, hash]))

    expect(stateless.length).toBe(own.size)
    await expect(`${JSON.stringify(hashes, null, 2)}\n`).toMatchFileSnapshot('proven.json')
  })

  test('mean the same by a metric of the same name', () => {
    const local = [...own.values()].flatMap(({ profile }) => Object.entries(profile.metrics))
    const meanings = Map.groupBy(local, ([name]) => name)
    const differing = [...meanings].filter(([, entries]) => {
      const words = entries.map(([, { vi, en, unit, kind, aggregate }]) => [vi, en, unit, kind, aggregate].join('|'))
      return new Set(words).size > 1
    })

    expect(differing).toEqual([])
  })

  test('are shown in docs/profiles.md with the examples they pass (vitest -u writes it)', async () => {
    await expect(profileTable([...own.values()])).toMatchFileSnapshot('../../docs/profiles.md')
  })
})

describe('a profile folder', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sen-profiles-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const yaml = {
    id: 'acme-one',
    vendor: 'Acme',
    model: 'One',
    name: { vi: 'Một', en: 'One' },
    payload: 'lorawan',
    source: 'datasheet',
    fields: { t: 'air_temperature' }
  }
  const good: Readonly<Record<string, string>> = {
    'profile.yaml': JSON.stringify(yaml),
    'codec.js': 'function decodeUplink(input) { return { data: { t: input.bytes[0] } } }',
    'examples.json':
      '[{"description": "one", "bytes": "15", "data": {"t": 21}, "readings": [{"metric": "air_temperature", "value": 21}]}]',
    'README.md': '# One'
  }

  async function load(files: Readonly<Record<string, string | undefined>>, proven?: object) {
    const parent = await mkdtemp(join(folder, 'p-'))
    if (proven) await writeFile(join(parent, 'proven.json'), JSON.stringify(proven))
    await mkdir(join(parent, 'acme-one'))
    for (const [name, text] of Object.entries({ ...good, ...files })) {
      if (text !== undefined) await writeFile(join(parent, 'acme-one', name), text)
    }
    return loadProfiles(parent)
  }

  const changed = (change: object) => ({ 'profile.yaml': JSON.stringify({ ...yaml, ...change }) })

  test('is read and proven', async () => {
    const profiles = await proveProfiles(await load({}), runtime)

    const loaded = profiles.get('acme-one')
    expect(loaded?.codec?.id).toMatch(/^acme-one@[0-9a-f]{16}$/)
    expect(loaded?.metrics.map(({ name, unit }) => `${name} ${unit}`)).toEqual(['air_temperature Cel'])
  })

  test.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['without profile.yaml', { 'profile.yaml': undefined }, 'acme-one/profile.yaml: must be there'],
    ['without codec.js', { 'codec.js': undefined }, 'acme-one/codec.js: must be there'],
    ['without README.md', { 'README.md': ' ' }, 'acme-one/README.md: must be there'],
    ['without examples', { 'examples.json': '[]' }, 'acme-one/examples.json: the whole is []'],
    ['with broken YAML', { 'profile.yaml': 'id: [' }, 'acme-one/profile.yaml: '],
    ['with broken JSON', { 'examples.json': '[' }, 'acme-one/examples.json: '],
    [
      'with an example that has no bytes',
      { 'examples.json': '[{"json": {}}]' },
      'acme-one/examples.json: 0.bytes is undefined'
    ],
    ['with odd hexadecimal', { 'examples.json': '[{"bytes": "0"}]' }, '0.bytes is "0"'],
    ['with another id than its name', changed({ id: 'acme-two' }), 'id is "acme-two", must be the folder\'s name'],
    ['with an unknown key', changed({ colour: 'red' }), 'Unrecognized key'],
    ['with a wrong payload', changed({ payload: 'xml' }), 'payload is "xml"'],
    ['with an unknown metric', changed({ fields: { t: 'air_temprature' } }), 'fields.t: "air_temprature" is no metric'],
    [
      'with a metric of the catalogue',
      changed({ metrics: { ph: { vi: 'a', en: 'b' } } }),
      'metrics.ph: the catalogue has'
    ],
    [
      'with an empty range',
      changed({ metrics: { x: { vi: 'a', en: 'b', min: 2, max: 1 } } }),
      'min is 2, must not be above max 1'
    ],
    ['with a codec for JSON', { ...changed({ payload: 'json' }) }, 'acme-one/codec.js: a JSON payload has no codec'],
    [
      'with an example without json',
      { ...changed({ payload: 'json' }), 'codec.js': undefined },
      '0.json is undefined: must be given'
    ]
  ])('%s is refused with SEN_PROFILE_INVALID', async (_title, files, message) => {
    await expect(load(files)).rejects.toMatchObject({
      code: 'SEN_PROFILE_INVALID',
      message: expect.stringContaining(message) as string
    })
  })

  test.each([
    ['data', '[{"description": "one", "bytes": "15", "data": {"t": 22}}]', 'example "one": data.t is 21, expected 22'],
    ['data beside', '[{"bytes": "15", "data": {}}]', 'example "number 1": data.t is 21, expected undefined'],
    ['readings', '[{"bytes": "15", "readings": []}]', 'readings.0 is'],
    ['errors', '[{"bytes": "15", "errors": ["no"]}]', 'errors is undefined, expected ["no"]'],
    ['warnings', '[{"bytes": "15", "warnings": ["low"]}]', 'warnings.0 is undefined, expected "low"']
  ])('whose example expects other %s is refused when proven', async (_title, examples, message) => {
    await expect(proveProfiles(await load({ 'examples.json': examples }), runtime)).rejects.toMatchObject({
      code: 'SEN_PROFILE_INVALID',
      message: expect.stringContaining(message) as string
    })
  })

  const downlinks = `function encodeDownlink(input) { return { fPort: 2, bytes: [input.data.on ? 1 : 0] } }
    function decodeDownlink(input) { return { data: { on: input.bytes[0] === 1 } } }`

  test.each([
    ['[{"function": "encodeDownlink", "input": {"on": true}, "downlink": {"bytes": "01", "fPort": 2}}]', undefined],
    ['[{"function": "encodeDownlink", "input": {"on": true}, "downlink": {"bytes": "00"}}]', 'downlink.bytes.0 is 1'],
    ['[{"function": "encodeDownlink", "input": {}, "downlink": {"bytes": "00", "fPort": 1}}]', 'downlink.fPort is 2'],
    ['[{"function": "decodeDownlink", "bytes": "01", "data": {"on": true}}]', undefined],
    ['[{"function": "decodeDownlink", "bytes": "00", "data": {"on": true}}]', 'data.on is false'],
    ['[{"function": "encodeDownlink", "bytes": "01"}]', '0.input is undefined: must be given']
  ])('whose example is a downlink is proven too: %s', async (examples, problem) => {
    const proving = async () => proveProfiles(await load({ 'codec.js': downlinks, 'examples.json': examples }), runtime)

    if (problem === undefined) expect((await proving()).size).toBe(1)
    else await expect(proving()).rejects.toThrow(problem)
  })

  test('is unproven without an example that somebody else published', async () => {
    const own = (await load({})).get('acme-one')
    const published = (await load({ 'examples.json': '[{"vector": "acme-1", "bytes": "15"}]' })).get('acme-one')

    expect([own?.isUnproven, published?.isUnproven]).toEqual([true, false])
  })

  test('is proven at the start unless it is listed', async () => {
    const wrong = '[{"bytes": "15", "data": {"t": 22}}]'
    const hash = (await load({ 'examples.json': wrong })).get('acme-one')?.hash
    const listed = await load({ 'examples.json': wrong }, { 'acme-one': hash })
    const changed = await load({ 'examples.json': wrong }, { 'acme-one': 'another' })

    expect((await proveNewProfiles(listed, runtime)).get('acme-one')).toBe(listed.get('acme-one'))
    await expect(proveNewProfiles(changed, runtime)).rejects.toThrow('data.t is 21, expected 22')
  })

  test('whose codec remembers earlier calls is marked stateful', async () => {
    const files = {
      'codec.js':
        'var last = 0; function decodeUplink(input) { var t = input.bytes[0] + last; last = 1; return { data: { t: t } } }',
      'examples.json': '[{"bytes": "15", "data": {"t": 21}}, {"bytes": "16", "data": {"t": 22}}]'
    }

    const profiles = await proveProfiles(await load(files), runtime)

    expect(profiles.get('acme-one')?.codec?.isStateful).toBe(true)
  })

  test('whose codec loops is refused when proven', async () => {
    const files = { 'codec.js': 'function decodeUplink() { for (;;); }' }

    await expect(proveProfiles(await load(files), runtime)).rejects.toThrow('codec-timeout')
  })
})
