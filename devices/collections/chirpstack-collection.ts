import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { z } from 'zod'
import type { CodecPurpose, CodecRuntime } from '../codec/codec-runtime.ts'
import { entriesOf, parsed, textWithin } from '../folder-reading.ts'
import { slugOf } from '../slug.ts'
import { tomlText } from './toml-text.ts'
import { publishedExample, readExamples } from './published-example.ts'
import type { ReadExamples } from './published-example.ts'
import type { PublishedCodec, PublishedDevice } from './published-codec.ts'

/*
 * The layout of chirpstack/chirpstack-device-profiles: `vendors/<v>/vendor.toml`, `devices/*.toml`, `codecs/<c>.js` and beside
 * it `test_decode_<c>.json`, `test_encode_<c>.json`.
 */

const codecTests = z.array(
  z.object({ name: z.string().default('unnamed'), input: z.unknown(), expected: z.unknown().optional() })
)

/**
 * Tests are read where codecs run: ChirpStack takes them for JavaScript, and they hold comments and numbers like 0x1f.
 *
 * @returns the codecs and devices of one vendor's folder; paths are relative to `root`.
 */
export async function chirpStackVendor(
  root: string,
  folder: string,
  runtime: Pick<CodecRuntime, 'run'>
): Promise<{ readonly codecs: readonly PublishedCodec[]; readonly devices: readonly PublishedDevice[] }> {
  const codecs = new Map<string, PublishedCodec>()
  for (const { name } of await entriesOf(join(folder, 'codecs'))) {
    if (name.endsWith('.js')) codecs.set(name, await codecOf(root, join(folder, 'codecs', name), runtime))
  }
  const vendorToml = (await textWithin(root, join(folder, 'vendor.toml'))) ?? ''
  const vendor = tomlText(vendorToml, 'vendor', 'name').at(-1) ?? ''
  const devices: PublishedDevice[] = []
  for (const { name } of await entriesOf(join(folder, 'devices'))) {
    if (!name.endsWith('.toml')) continue
    const path = join(folder, 'devices', name)
    const toml = (await textWithin(root, path)) ?? ''
    const model = tomlText(toml, 'device', 'name').at(-1) ?? name.slice(0, -'.toml'.length)
    devices.push({
      vendorId: slugOf(vendor),
      modelId: slugOf(model, vendor),
      vendor,
      model,
      description: tomlText(toml, 'device', 'description').at(-1) ?? model,
      path: relative(root, path),
      codec: codecs.get(tomlText(toml, 'device.firmware', 'codec').at(-1) ?? '')
    })
  }
  return { codecs: [...codecs.values()], devices }
}

async function codecOf(root: string, path: string, runtime: Pick<CodecRuntime, 'run'>): Promise<PublishedCodec> {
  const read = await Promise.all([
    testsOf(root, path, { purpose: 'decode', runtime }),
    testsOf(root, path, { purpose: 'encode', runtime })
  ])
  return {
    path: relative(root, path),
    source: (await textWithin(root, path)) ?? '',
    examples: read.flatMap(({ examples }) => examples),
    problems: read.flatMap(({ problems }) => problems)
  }
}

async function testsOf(
  root: string,
  codecPath: string,
  { purpose, runtime }: { readonly purpose: CodecPurpose; readonly runtime: Pick<CodecRuntime, 'run'> }
): Promise<ReadExamples> {
  const path = codecPath.replace(/([^/\\]+)\.js$/, `test_${purpose}_$1.json`)
  const text = await textWithin(root, path)
  if (text === undefined) return { examples: [], problems: [] }
  const literal = await literalOf(text, runtime)
  if (typeof literal === 'string') return { examples: [], problems: [`test_${purpose}: ${literal}`] }
  const tests = codecTests.safeParse(literal.value)
  if (!tests.success) return { examples: [], problems: [`test_${purpose}: is no list of tests`] }
  return readExamples(tests.data.map(({ name, input, expected }) => publishedExample(name, purpose, input, expected)))
}

async function literalOf(text: string, runtime: Pick<CodecRuntime, 'run'>) {
  const json = parsed(text, 'json')
  if (typeof json !== 'string') return json
  const id = createHash('sha256').update(text).digest('hex')
  const codec = { id, source: `function decodeUplink() { return { data: ${text}\n } }` }
  const [result] = await runtime.run([{ codec, function: 'decodeUplink', input: { bytes: [], fPort: 1 } }])
  if (result?.ok !== true) return result?.message ?? json
  const { data } = z.object({ data: z.unknown() }).parse(result.output)
  return { value: data }
}
