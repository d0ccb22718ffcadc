import { join, relative } from 'node:path'
import { z } from 'zod'
import type { CodecPurpose } from '../codec/codec-runtime.ts'
import { profileExample } from '../../model/profile.ts'
import type { ProfileExample } from '../../model/profile.ts'
import { entriesOf, parsed, textWithin } from '../folder-reading.ts'
import { publishedExample, readExamples } from './published-example.ts'
import type { ReadExamples } from './published-example.ts'
import type { PublishedCodec, PublishedExample } from './published-codec.ts'

/*
 * Codecs that lie in folders by themselves: with an `examples.json` beside them (TS013's, as Actility's catalogue and makers
 * publish it; The Things Stack's; Sen's own), or without.
 */

/** LoRa Alliance TS013's package names the file in `package.json`; these are the usual names. */
const usualNames = ['codec.js', 'index.js', 'main.js', 'decoder.js']
const passedOver = new Set(['node_modules', 'dist', '.git'])

const published = z.looseObject({
  type: z.string().optional(),
  description: z.string().default('unnamed'),
  input: z.unknown(),
  output: z.unknown().optional()
})

const purposes: Readonly<Record<string, CodecPurpose>> = {
  uplink: 'decode',
  'downlink-encode': 'encode',
  'downlink-decode': 'decodeDownlink'
}

/** Finds the codecs in `folder` and below; paths are relative to `root`. */
export async function codecFolders(root: string, folder: string): Promise<readonly PublishedCodec[]> {
  const entries = await entriesOf(folder)
  const names = new Set(entries.filter(entry => entry.isFile()).map(({ name }) => name))
  const codecs: PublishedCodec[] = []
  if (names.has('examples.json')) codecs.push(...(await withExamples(root, folder, names)))
  else {
    for (const name of names) {
      const source = name.endsWith('.js') ? await textWithin(root, join(folder, name)) : undefined
      if (source === undefined || !looksLikeCodec(source)) continue
      codecs.push({ path: relative(root, join(folder, name)), source, examples: [], problems: [] })
    }
  }
  for (const entry of entries) {
    if (entry.isDirectory() && !passedOver.has(entry.name))
      codecs.push(...(await codecFolders(root, join(folder, entry.name))))
  }
  return codecs
}

function looksLikeCodec(source: string): boolean {
  return /\b(?:decodeUplink|encodeDownlink|Decoder|Decode|Encoder|Encode)\b\s*(?:\(|=)/.test(source)
}

async function withExamples(
  root: string,
  folder: string,
  names: ReadonlySet<string>
): Promise<readonly PublishedCodec[]> {
  const main = await mainOf(root, folder, names)
  const source = main === undefined ? undefined : await textWithin(root, join(folder, main))
  if (main === undefined || source === undefined) return []
  const { examples, problems } = await examplesOf(root, join(folder, 'examples.json'))
  return [{ path: relative(root, join(folder, main)), source, examples, problems }]
}

async function mainOf(root: string, folder: string, names: ReadonlySet<string>): Promise<string | undefined> {
  const json = parsed((await textWithin(root, join(folder, 'package.json'))) ?? '', 'json')
  const main = typeof json === 'string' ? undefined : z.object({ main: z.string() }).safeParse(json.value)
  const named = main?.success === true ? main.data.main : undefined
  const isThere =
    named !== undefined && !named.includes('..') && (await textWithin(root, join(folder, named))) !== undefined
  return isThere ? named : usualNames.find(name => names.has(name))
}

async function examplesOf(root: string, path: string): Promise<ReadExamples> {
  const json = parsed((await textWithin(root, path)) ?? '', 'json')
  if (typeof json === 'string') return { examples: [], problems: [`examples.json: ${json}`] }
  const wrapped = z.object({ examples: z.array(z.unknown()) }).safeParse(json.value)
  const list = z.array(z.unknown()).safeParse(wrapped.success ? wrapped.data.examples : json.value)
  if (!list.success) return { examples: [], problems: ['examples.json: is no list of examples'] }
  return readExamples(list.data.map(exampleOf))
}

function exampleOf(entry: unknown): PublishedExample | string {
  const own = profileExample.safeParse(entry)
  if (own.success) return exampleOfProfile(own.data)
  const read = published.safeParse(entry)
  if (!read.success) return 'an example is no object'
  const { type = 'uplink', description, input, output } = read.data
  const purpose = purposes[type]
  if (purpose === undefined) return `example "${description}": "${type}" is no type of call`
  return publishedExample(description, purpose, input, output)
}

/** Sen's own form: see `model/profile.ts`. */
function exampleOfProfile(example: ProfileExample): PublishedExample | string {
  const { description, vector, function: purpose = 'decode', bytes, fPort, recvTime, input } = example
  const { data, warnings, errors, downlink } = example
  const call = bytes === undefined ? { data: input } : { bytes, fPort, recvTime }
  const answer = { ...(data !== undefined && { data }), ...(warnings && { warnings }), ...(errors && { errors }) }
  return publishedExample(description ?? vector ?? 'unnamed', purpose, call, { ...answer, ...downlink })
}
