import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { Codec, CodecResult, CodecRuntime } from '../codec/codec-runtime.ts'
import { messageOf } from '../../model/errors.ts'
import type { ProfileExample } from '../../model/profile.ts'
import { codecOf, loadProfiles, longestCodec } from '../profiles/load-profiles.ts'
import { proveProfiles } from '../profiles/prove-profiles.ts'
import { entriesOf, textOf, textWithin } from '../folder-reading.ts'
import { outcomeOf } from './outcome.ts'
import { proposeFields } from './propose-fields.ts'
import type { FieldProposal } from './propose-fields.ts'
import type { Collection, PublishedDevice, PublishedExample } from './published-codec.ts'

/** What became of one device of the collection. */
export type Import =
  | { readonly kind: 'imported'; readonly id: string; readonly examples: number; readonly proposal: FieldProposal }
  | { readonly kind: 'left'; readonly id: string; readonly reason: string }

export interface ImportProps {
  readonly folder: string
  readonly collection: Collection
  /** Folder of profiles to write to, usually `SEN_DATA/profiles`. */
  readonly into: string
  /** Ids that are taken: profiles that come with Sen. */
  readonly taken: ReadonlySet<string>
  /** Writes over profiles that are in `into` already. */
  readonly isReplacing: boolean
  /** Does everything but put the profiles in place. */
  readonly isDryRun: boolean
  readonly runtime: Pick<CodecRuntime, 'run'>
}

/** A profile as files, before it is tried. */
interface DraftedProfile {
  readonly id: string
  readonly files: Readonly<Record<string, string>>
  readonly examples: number
  readonly proposal: FieldProposal
}

/**
 * Makes a profile of each device of a collection. Every profile is loaded and proven as at a start of Sen before it is put in
 * place with one rename, so that an import cannot keep Sen from starting.
 */
export async function* importProfiles(props: ImportProps): AsyncGenerator<Import> {
  const { into, isDryRun } = props
  const desk = isDryRun ? await mkdtemp(join(tmpdir(), 'sen-profiles-')) : await deskBeside(into)
  try {
    if (props.collection.layout === 'sen') yield* ownProfiles(props, desk)
    else for (const device of props.collection.devices) yield await importDevice(props, desk, device)
  } finally {
    await rm(desk, { recursive: true, force: true })
  }
}

async function deskBeside(into: string): Promise<string> {
  await mkdir(into, { recursive: true })
  return mkdtemp(join(into, '.import-'))
}

async function importDevice(props: ImportProps, desk: string, device: PublishedDevice): Promise<Import> {
  const id = `${device.vendorId}-${device.modelId}`.slice(0, 64).replace(/-+$/, '')
  const obstacle = await obstacleOf(props, id)
  if (obstacle !== undefined) return { kind: 'left', id, reason: obstacle }
  if (device.codec === undefined) return { kind: 'left', id, reason: 'it names no codec' }
  if (device.codec.source.length > longestCodec) return { kind: 'left', id, reason: 'its codec is too long' }
  const draft = await draftOf(id, device, device.codec.examples, props)
  if (draft === undefined) return { kind: 'left', id, reason: 'it has no example that its codec meets' }
  const { files, examples, proposal } = draft
  await mkdir(join(desk, id))
  for (const [name, text] of Object.entries(files)) await writeFile(join(desk, id, name), text)
  return (await settle(props, desk, id)) ?? { kind: 'imported', id, examples, proposal }
}

async function obstacleOf({ taken, into, isReplacing }: ImportProps, id: string): Promise<string | undefined> {
  if (taken.has(id)) return 'a profile of this id comes with Sen'
  const isThere = (await textOf(join(into, id, 'profile.yaml'))) !== undefined
  return isThere && !isReplacing ? 'it was imported before: --replace writes over it' : undefined
}

/** Tries the profile on the desk, then puts it in place. @returns why it was left, if it was. */
async function settle(props: ImportProps, desk: string, id: string): Promise<Import | undefined> {
  const { into, isDryRun, runtime } = props
  try {
    await proveProfiles(await loadProfiles(desk), runtime)
  } catch (error) {
    await rm(join(desk, id), { recursive: true })
    return { kind: 'left', id, reason: messageOf(error) }
  }
  if (!isDryRun) {
    await rm(join(into, id), { recursive: true, force: true })
    await rename(join(desk, id), join(into, id))
  } else await rm(join(desk, id), { recursive: true })
  return undefined
}

const profileFiles = ['profile.yaml', 'codec.js', 'examples.json', 'README.md']

/** Profiles that are Sen's in form already are copied: their four files, and what else lies there is not. */
async function* ownProfiles(props: ImportProps, desk: string): AsyncGenerator<Import> {
  const { folder } = props
  const isOne = (await textOf(join(folder, 'profile.yaml'))) !== undefined
  const parent = isOne ? dirname(resolve(folder)) : folder
  const ids = isOne
    ? [resolve(folder).slice(parent.length + 1)]
    : (await entriesOf(folder)).filter(entry => entry.isDirectory()).map(({ name }) => name)
  for (const id of ids) {
    const obstacle = await obstacleOf(props, id)
    if (obstacle !== undefined) {
      yield { kind: 'left', id, reason: obstacle }
      continue
    }
    await mkdir(join(desk, id))
    for (const name of profileFiles) {
      const text = await textWithin(join(parent, id), join(parent, id, name))
      if (text !== undefined) await writeFile(join(desk, id, name), text)
    }
    const examples = (await loadProfiles(desk).catch(() => undefined))?.get(id)?.examples.length ?? 0
    const proposal = { fields: {}, unknown: [] }
    yield (await settle(props, desk, id)) ?? { kind: 'imported', id, examples, proposal }
  }
}

/** Only examples that the codec meets, called as Sen calls it, become examples of the profile. */
async function draftOf(
  id: string,
  device: PublishedDevice,
  published: readonly PublishedExample[],
  { runtime, folder }: ImportProps
): Promise<DraftedProfile | undefined> {
  const source = device.codec?.source ?? ''
  const codec = { ...codecOf(id, source), isStateful: true }
  const calls = published.flatMap(example =>
    example.function === 'decode' && 'bytes' in example.input
      ? [{ example, input: { bytes: example.input.bytes, fPort: example.input.fPort } }]
      : []
  )
  const answers = await runtime.run(calls.map(({ input }) => ({ codec, function: 'decode', input })))
  const met = calls.flatMap((call, index) => {
    const answer = answers[index]
    return answer && outcomeOf(call.example, answer).kind === 'alike' ? [{ ...call, answer }] : []
  })
  if (met.length === 0) return undefined
  const examples = met.map(({ example, input, answer }): ProfileExample => ({
    description: example.title,
    fPort: input.fPort,
    bytes: Buffer.from(input.bytes).toString('hex'),
    ...answerOf(answer),
    source: `${device.path} of the imported collection`
  }))
  const results = met.map(({ answer }) => answer)
  const proposal = proposeFields(await samplesOf(codec, results, runtime))
  const profile = {
    id,
    vendor: device.vendor,
    model: device.model,
    name: { vi: `${device.vendor} ${device.model}`, en: `${device.vendor} ${device.model}` },
    payload: 'lorawan',
    source: `Imported from ${device.path} of ${folder}`,
    fields: proposal.fields
  }
  const files = {
    'profile.yaml': stringify(profile),
    'examples.json': `${JSON.stringify(examples, undefined, 2)}\n`,
    'codec.js': source,
    'README.md': readmeOf(device, proposal)
  }
  return { id, files, examples: examples.length, proposal }
}

/** What of an answer stands in a profile's examples: `errors`, or `data` and the warnings if there are any. */
function answerOf({ output }: CodecResult): Pick<ProfileExample, 'data' | 'warnings' | 'errors'> {
  const { data, warnings, errors } = Object(output) as Readonly<Record<'data' | 'warnings' | 'errors', unknown>> // checked below
  if (Array.isArray(errors) && errors.length > 0) return { errors: errors.map(String) }
  return { data, ...(Array.isArray(warnings) && warnings.length > 0 && { warnings: warnings.map(String) }) }
}

async function samplesOf(codec: Codec, results: readonly CodecResult[], runtime: Pick<CodecRuntime, 'run'>) {
  const decoded = results.filter(({ ok }) => ok).map(result => answerOf(result).data)
  const normalised = await runtime.run(decoded.map(data => ({ codec, function: 'normalizeUplink', input: { data } })))
  return decoded.map((data, index) => {
    const result = normalised[index]
    return { data, normalised: result?.ok === true ? answerOf(result).data : undefined }
  })
}

function readmeOf({ vendor, model, description, path }: PublishedDevice, { unknown }: FieldProposal): string {
  const list =
    unknown.length === 0 ? [] : ['', 'Not mapped to a metric:', '', ...unknown.map(field => `- \`${field}\``)]
  return [`# ${vendor} ${model}`, '', description, '', `Imported from \`${path}\`.`, ...list, ''].join('\n')
}
