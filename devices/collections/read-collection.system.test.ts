import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import { QuickJsCodecRuntime } from '../codec/quickjs-codec-runtime.ts'
import { loadAllProfiles } from '../profiles/load-profiles.ts'
import { importProfiles } from './import-profiles.ts'
import type { Import } from './import-profiles.ts'
import { readCollection } from './read-collection.ts'
import { tryCodec } from './try-codec.ts'

const runtime = new QuickJsCodecRuntime({ log: silentLog, suspension: { firstMs: 0, longestMs: 0 } })
beforeAll(() => runtime.start())
afterAll(() => runtime.stop())

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sen-collection-'))
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const codec = `function decodeUplink(input) {
  if (input.fPort !== 2) return { errors: ['unknown FPort'] }
  return { data: { BatV: input.bytes[0] / 10, t: (input.bytes[1] / 10).toFixed(1), unitless: 5 } }
}
function normalizeUplink(input) { return { data: [{ air: { temperature: Number(input.data.t) } }] } }
function encodeDownlink(input) { return { fPort: 2, bytes: [input.data.minutes] } }`

const chirpStack = {
  'vendors/bach/vendor.toml': '[vendor]\nname = "Bạch Đàn"\n',
  'vendors/bach/devices/s1.toml': '[device]\n  name = "Bạch Đàn S1"\n[[device.firmware]]\n  codec = "s1.js"\n',
  'vendors/bach/codecs/s1.js': codec,
  'vendors/bach/codecs/test_decode_s1.json':
    '[{ name: "as JavaScript", "input": { "fPort": 0x02, "bytes": [0x24, 215] }, // a remark\n' +
    '"expected": { data: { BatV: 3.6, t: "21.5", unitless: 5 } } }]',
  'vendors/bach/codecs/test_encode_s1.json':
    '[{"name":"e","input":{"data":{"minutes":9}},"expected":{"fPort":2,"bytes":[9]}}]'
}

const deviceRepository = {
  'vendor/index.yaml': 'vendors:\n  - id: bach\n    name: Bạch Đàn\n',
  'vendor/bach/s1.yaml':
    'name: S1\ndescription: Air\nfirmwareVersions:\n  - version: "1"\n    profiles:\n      AS923:\n        id: x\n        codec: s1-codec\n',
  'vendor/bach/s1.js': codec,
  'vendor/bach/s1-codec.yaml': `uplinkDecoder:
  fileName: s1.js
  examples:
    - description: one
      input: { fPort: 2, bytes: [0x24, 215] }
      output: { data: { BatV: 3.6, t: '21.5', unitless: 5 } }
      normalizedOutput: { data: [{ air: { temperature: 21.5 } }] }
    - description: wrong port
      input: { fPort: 3, bytes: [1] }
      output: { errors: [unknown FPort] }
downlinkEncoder:
  fileName: s1.js
  examples:
    - description: two
      input: { data: { minutes: 9 } }
      output: { fPort: 2, bytes: [9] }
`
}

const packages = {
  's1/package.json': '{"main":"./main.js"}',
  's1/main.js': `${codec}\nmodule.exports = { decodeUplink }`,
  's1/examples.json': JSON.stringify([
    {
      type: 'uplink',
      description: 'hex',
      input: { fPort: 2, bytes: '24D7', recvTime: '2026-05-03T02:01:00.123456789Z' },
      output: { data: { BatV: 3.6, t: '21.5', unitless: 5 } }
    },
    {
      type: 'downlink-encode',
      description: 'hex too',
      input: { data: { minutes: 9 } },
      output: { fPort: 2, bytes: '09' }
    }
  ])
}

async function outcomes(folder = root) {
  const { layout, codecs } = await readCollection(folder, runtime)
  const trials = []
  for (const one of codecs) trials.push(await tryCodec(one, runtime))
  const problems = codecs.flatMap(one => one.problems)
  return { layout, problems, kinds: trials.flatMap(trial => trial.outcomes.map(({ outcome }) => outcome.kind)) }
}

describe('a folder of published codecs is known by its layout', () => {
  test.each([
    ['chirpstack', chirpStack, '', 2],
    ['chirpstack', chirpStack, 'vendors/bach', 2],
    ['device-repository', deviceRepository, '', 4],
    ['device-repository', deviceRepository, 'vendor/bach', 4],
    ['codecs', packages, '', 2],
    ['codecs', packages, 's1', 2]
  ])('%s', async (layout, files, below, examples) => {
    write(files)

    expect(await outcomes(join(root, below))).toEqual({
      layout,
      problems: [],
      kinds: Array.from({ length: examples }, () => 'alike')
    })
  })

  test('Sen’s own profiles', async () => {
    const { layout, kinds } = await outcomes(join(import.meta.dirname, '..', 'profiles'))

    expect(layout).toBe('sen')
    expect(new Set(kinds)).toEqual(new Set(['alike']))
  })

  test('one without codecs is refused', async () => {
    await expect(readCollection(root, runtime)).rejects.toMatchObject({ code: 'SEN_INPUT_INVALID' })
  })
})

describe('an example that is not met has its reason', () => {
  test.each([
    ['differs', 'function decodeUplink() { return { data: { a: 2 } } }'],
    ['clock', 'function decodeUplink() { return { data: { a: Date.now() } } }'],
    ['lacks-function', 'function encodeDownlink() {}'],
    ['needs-host', 'function decodeUplink() { return require("crypto") }'],
    ['throws', 'function decodeUplink() { throw new Error("no") }'],
    ['unexpected-errors', 'function decodeUplink() { return { errors: ["no"] } }'],
    ['not-read', 'function (\n decodeUplink('],
    ['limit', 'function decodeUplink() { for (;;); }']
  ])('%s', async (reason, source) => {
    const example = {
      title: 'a',
      function: 'decode' as const,
      input: { bytes: [], fPort: 1 },
      expected: { data: { a: 1 } }
    }
    const { outcomes: found } = await tryCodec({ path: 'x', source, examples: [example], problems: [] }, runtime)

    expect(found[0]?.outcome).toMatchObject({ kind: 'mismatch', reason })
  })

  test('and a codec that keeps state is told apart', async () => {
    const source = 'var n = 0; function decodeUplink() { return { data: { a: ++n } } }'
    const example = {
      title: 'a',
      function: 'decode' as const,
      input: { bytes: [], fPort: 1 },
      expected: { data: { a: 1 } }
    }
    const trial = await tryCodec({ path: 'x', source, examples: [example, example], problems: [] }, runtime)

    expect(trial.isStateful).toBe(true)
    expect(trial.outcomes.every(({ outcome }) => outcome.kind === 'alike')).toBe(true)
  })
})

describe('an import', () => {
  async function imported(options: { isDryRun?: boolean; isReplacing?: boolean } = {}): Promise<readonly Import[]> {
    const collection = await readCollection(root, runtime)
    const taken = new Set(['dragino-lse01'])
    return Array.fromAsync(
      importProfiles({
        ...{ folder: root, collection, into: join(root, 'profiles'), taken, runtime },
        ...{ isDryRun: false, isReplacing: false, ...options }
      })
    )
  }
  const proposal = { fields: { BatV: 'battery_voltage', t: 'air_temperature' }, unknown: ['unitless'] }

  test.each([
    ['chirpstack', chirpStack, 'bach-dan-s1', 1],
    ['device-repository', deviceRepository, 'bach-s1', 2]
  ])('of %s makes a profile that Sen loads', async (_layout, files, id, examples) => {
    write(files)

    expect(await imported()).toEqual([{ kind: 'imported', id, examples, proposal }])
    const profiles = await loadAllProfiles(join(root, 'profiles'))
    expect(profiles.get(id)?.profile).toMatchObject({ vendor: 'Bạch Đàn', fields: proposal.fields })
    expect(readFileSync(join(root, 'profiles', id, 'codec.js'), 'utf8')).toBe(codec)
  })

  test('keeps what the codec warns of', async () => {
    write({
      ...deviceRepository,
      'vendor/bach/s1.js': codec.replace('return { data: { BatV', "return { warnings: ['low battery'], data: { BatV"),
      'vendor/bach/s1-codec.yaml': deviceRepository['vendor/bach/s1-codec.yaml'].replace(
        'output: { data: { BatV',
        'output: { warnings: [low battery], data: { BatV'
      )
    })

    expect(await imported()).toEqual([{ kind: 'imported', id: 'bach-s1', examples: 2, proposal }])
    const profiles = await loadAllProfiles(join(root, 'profiles'))
    expect(profiles.get('bach-s1')?.examples[0]).toMatchObject({ warnings: ['low battery'] })
  })

  test('leaves a profile that is there, unless it is to replace it', async () => {
    write(deviceRepository)
    await imported()

    expect(await imported()).toMatchObject([{ kind: 'left', id: 'bach-s1' }])
    expect(await imported({ isReplacing: true })).toMatchObject([{ kind: 'imported', id: 'bach-s1' }])
    expect(readdirSync(join(root, 'profiles'))).toEqual(['bach-s1'])
  })

  test('leaves what its codec does not do, and writes nothing on trial', async () => {
    write({ ...deviceRepository, 'vendor/bach/s1.js': 'function decodeUplink() { return { data: {} } }' })

    expect(await imported()).toMatchObject([{ kind: 'left', reason: expect.stringContaining('no example') as string }])
    write(deviceRepository)
    expect(await imported({ isDryRun: true })).toMatchObject([{ kind: 'imported' }])
    expect(readdirSync(join(root, 'profiles'))).toEqual([])
  })
})

test('an imported profile whose id comes with Sen stops the start, and says where it is', async () => {
  write({
    'dragino-lse01/profile.yaml': readFileSync(
      join(import.meta.dirname, '../profiles/dragino-lse01/profile.yaml'),
      'utf8'
    ),
    'dragino-lse01/codec.js': codec,
    'dragino-lse01/examples.json': '[{"bytes":"00","fPort":2}]',
    'dragino-lse01/README.md': 'x'
  })

  await expect(loadAllProfiles(root)).rejects.toMatchObject({
    code: 'SEN_PROFILE_INVALID',
    message: expect.stringContaining(join(root, 'dragino-lse01')) as string
  })
})

describe('a folder of somebody who means harm', () => {
  const codecYaml = (file: string) => `uplinkDecoder:\n  fileName: ${JSON.stringify(file)}\n  examples: []\n`
  const sourcesOf = async () => (await readCollection(join(root, 'in'), runtime)).codecs.map(({ source }) => source)
  beforeEach(() => {
    write({ 'secret.js': 'function decodeUplink() { return { data: "secret" } }' })
    write({ 'in/vendor/v/ok-codec.yaml': codecYaml('ok.js'), 'in/vendor/v/ok.js': codec })
  })

  test.each(['../../../secret.js', '../../secret.js', '/etc/hosts', '', '.', 'a\0b', 'x'.repeat(5000)])(
    'names the file "%s", which is read as one that is not there',
    async file => {
      write({ 'in/vendor/v/evil-codec.yaml': codecYaml(file) })
      expect(await sourcesOf()).toEqual(['', codec])
    }
  )

  test('has links out of it, to itself and to a device that never ends, and a pipe: none is read', async () => {
    const folder = join(root, 'in/vendor/v')
    symlinkSync(join(root, 'secret.js'), join(folder, 'out.js'))
    symlinkSync(join(folder, 'round.js'), join(folder, 'round.js'))
    symlinkSync('/dev/zero', join(folder, 'zero.js'))
    symlinkSync('ok.js', join(folder, 'within.js'))
    symlinkSync('..', join(folder, 'loop'))
    execFileSync('mkfifo', [join(folder, 'pipe.js'), join(folder, 'pipe.yaml')])
    for (const name of ['out', 'pipe', 'round', 'within', 'zero'])
      write({ [`in/vendor/v/${name}-codec.yaml`]: codecYaml(`${name}.js`) })
    expect(await sourcesOf()).toEqual([codec, '', '', '', codec, ''])
  })

  test.each([
    [
      'a bomb of aliases',
      ['a: &a [x,x]', ...'bcdefghijk'.split('').map((c, i) => `${c}: &${c} [${'*abcdefghij'[i + 1]}]`)].join('\n')
    ],
    [
      'more aliases',
      `a: &a [${'x,'.repeat(9)}x]\n${'bcdefghi'
        .split('')
        .map((c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i] ?? ''}`).join()}]`)
        .join('\n')}`
    ],
    ['twenty thousand levels', '['.repeat(20_000)],
    [
      'two hundred levels of examples',
      `uplinkDecoder:\n  fileName: ok.js\n  examples: ${'['.repeat(200)}${']'.repeat(200)}`
    ],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, i) => `k${i}: x`).join('\n')],
    ['keys that mean something', '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }']
  ])('has %s for YAML, which is passed over', async (_title, yaml) => {
    write({ 'in/vendor/v/evil-codec.yaml': yaml })
    expect(await sourcesOf()).toEqual([codec])
    expect(({} as Readonly<Record<string, unknown>>)['polluted']).toBeUndefined()
  })

  test('is one of Sen’s profiles with a link for a codec and more files than four: neither comes in', async () => {
    const shipped = join(import.meta.dirname, '../profiles/json-weather')
    const files = ['profile.yaml', 'examples.json', 'README.md']
    for (const name of files) write({ [`own/tram-la/${name}`]: readFileSync(join(shipped, name), 'utf8') })
    const yaml = readFileSync(join(shipped, 'profile.yaml'), 'utf8').replace('id: json-weather', 'id: tram-la')
    write({ 'own/tram-la/profile.yaml': yaml, 'own/tram-la/more.txt': 'x' })
    symlinkSync(join(root, 'secret.js'), join(root, 'own/tram-la/codec.js'))
    const into = join(root, 'profiles')
    const props = {
      taken: new Set<string>(),
      isReplacing: false,
      isDryRun: false,
      runtime,
      into,
      folder: join(root, 'own/tram-la')
    }
    const collection = { layout: 'sen', codecs: [], devices: [] } as const
    const done = await Array.fromAsync(importProfiles({ ...props, collection }))
    expect(done).toMatchObject([{ kind: 'imported', id: 'tram-la' }])
    expect(readdirSync(join(into, 'tram-la')).sort()).toEqual([...files].sort())
  })
})
