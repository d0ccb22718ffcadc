import { basename, dirname, join, relative } from 'node:path'
import { z } from 'zod'
import type { CodecPurpose } from '../codec/codec-runtime.ts'
import { entriesOf, parsed, textWithin } from '../folder-reading.ts'
import { publishedExample, readExamples } from './published-example.ts'
import type { PublishedCodec, PublishedDevice, PublishedExample } from './published-codec.ts'
import { slugOf } from '../slug.ts'

/*
 * The layout of The Things Stack's device repository (TheThingsNetwork/lorawan-devices): `vendor/index.yaml`, and in
 * `vendor/<v>/` one `<device>.yaml` a device, `<c>-codec.yaml` with examples, and the codecs that those name.
 */

const example = z.object({
  description: z.string().default('unnamed'),
  input: z.unknown(),
  output: z.unknown().optional(),
  normalizedOutput: z.unknown().optional()
})
const part = z.object({ fileName: z.string(), examples: z.array(example).nullish() }).nullish()
const codecFile = z.object({ uplinkDecoder: part, downlinkEncoder: part, downlinkDecoder: part })
type CodecFile = z.infer<typeof codecFile>
type Part = NonNullable<z.infer<typeof part>>

const deviceFile = z.object({
  name: z.string(),
  description: z.string().default(''),
  firmwareVersions: z.array(
    z.object({ profiles: z.record(z.string(), z.object({ codec: z.string().nullish() }).nullish()).nullish() })
  )
})

const vendorIndex = z.object({ vendors: z.array(z.object({ id: z.string(), name: z.string() })) })

/** @returns the vendors' names by id. `index` is the text of `vendor/index.yaml`. */
export function vendorNames(index: string | undefined): ReadonlyMap<string, string> {
  const yaml = parsed(index ?? '', 'yaml')
  const read = vendorIndex.safeParse(typeof yaml === 'string' ? undefined : yaml.value)
  return new Map(read.success ? read.data.vendors.map(({ id, name }) => [id, name]) : [])
}

/** @returns the codecs and devices of one vendor's folder; paths are relative to `root`. */
export async function deviceRepositoryVendor(
  root: string,
  folder: string,
  names: ReadonlyMap<string, string>
): Promise<{ readonly codecs: readonly PublishedCodec[]; readonly devices: readonly PublishedDevice[] }> {
  const codecs: PublishedCodec[] = []
  const decoders = new Map<string, PublishedCodec>()
  const described: { readonly path: string; readonly device: z.infer<typeof deviceFile> }[] = []
  for (const { name } of await entriesOf(folder)) {
    if (!name.endsWith('.yaml')) continue
    const path = join(folder, name)
    const yaml = parsed((await textWithin(root, path)) ?? '', 'yaml')
    const value = typeof yaml === 'string' ? undefined : yaml.value
    const codec = codecFile.safeParse(value)
    const device = deviceFile.safeParse(value)
    if (device.success) described.push({ path, device: device.data })
    else if (codec.success && partsOf(codec.data).length > 0) {
      const made = await codecsOf(root, folder, path, codec.data)
      codecs.push(...made)
      if (made[0]) decoders.set(basename(name, '.yaml'), made[0])
    }
  }
  const vendorId = basename(folder)
  const devices = described.map(({ path, device }): PublishedDevice => {
    const vendor = names.get(vendorId) ?? vendorId
    return {
      vendorId: slugOf(vendorId),
      modelId: slugOf(basename(path, '.yaml'), vendorId),
      vendor,
      model: device.name,
      description: device.description.trim().split('\n')[0] ?? '',
      path: relative(root, path),
      codec: decoders.get(newestCodec(device) ?? '')
    }
  })
  return { codecs, devices }
}

/** Firmware versions are listed oldest first. */
function newestCodec({ firmwareVersions }: z.infer<typeof deviceFile>): string | undefined {
  const named = firmwareVersions.flatMap(({ profiles }) =>
    Object.values(profiles ?? {}).flatMap(profile => profile?.codec ?? [])
  )
  return named.at(-1)
}

function partsOf({
  uplinkDecoder,
  downlinkEncoder,
  downlinkDecoder
}: CodecFile): readonly (readonly [Part, CodecPurpose])[] {
  const parts: [Part, CodecPurpose][] = []
  if (uplinkDecoder) parts.push([uplinkDecoder, 'decode'])
  if (downlinkEncoder) parts.push([downlinkEncoder, 'encode'])
  if (downlinkDecoder) parts.push([downlinkDecoder, 'decodeDownlink'])
  return parts
}

/** One codec a file named; in nearly all codec files that is one file for all three parts, the uplink decoder's first. */
async function codecsOf(
  root: string,
  folder: string,
  yamlPath: string,
  file: CodecFile
): Promise<readonly PublishedCodec[]> {
  const made = new Map<string, (PublishedExample | string)[]>()
  for (const [{ fileName, examples }, purpose] of partsOf(file)) {
    const list = made.get(fileName) ?? []
    made.set(fileName, list)
    for (const one of examples ?? []) list.push(...callsOf(one, purpose))
  }
  const codecs: PublishedCodec[] = []
  for (const [fileName, list] of made) {
    const source = await textWithin(root, join(folder, fileName))
    const { examples, problems } = readExamples(list)
    codecs.push({
      path: relative(root, join(dirname(yamlPath), fileName)),
      source: source ?? '',
      examples: source === undefined ? [] : examples,
      problems: source === undefined ? [`${fileName}: there is no such file in the folder`] : problems
    })
  }
  return codecs
}

/** An example of the decoder, and another of `normalizeUplink`, which is given what the decoder said. */
function callsOf(
  { description, input, output, normalizedOutput }: z.infer<typeof example>,
  purpose: CodecPurpose
): readonly (PublishedExample | string)[] {
  const call = publishedExample(description, purpose, input, output)
  if (normalizedOutput === undefined || normalizedOutput === null) return [call]
  return [call, publishedExample(`${description} (normalised)`, 'normalizeUplink', output, normalizedOutput)]
}
