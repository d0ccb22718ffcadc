import { basename, dirname, join, resolve } from 'node:path'
import type { CodecRuntime } from '../codec/codec-runtime.ts'
import { SenError } from '../../model/errors.ts'
import { chirpStackVendor } from './chirpstack-collection.ts'
import { codecFolders } from './codec-folders.ts'
import { deviceRepositoryVendor, vendorNames } from './device-repository.ts'
import { entriesOf, textWithin } from '../folder-reading.ts'
import type { Collection, PublishedCodec, PublishedDevice } from './published-codec.ts'

/**
 * Reads a folder of published codecs: a checkout of chirpstack-device-profiles or of The Things Stack's device repository, or
 * one vendor's folder of either; Sen profiles; or folders with a codec and, perhaps, an `examples.json`. No codec is run.
 *
 * @throws SenError `SEN_INPUT_INVALID` if there is no codec in the folder.
 */
export async function readCollection(folder: string, runtime: Pick<CodecRuntime, 'run'>): Promise<Collection> {
  const root = resolve(folder)
  const names = new Set((await entriesOf(root)).map(({ name }) => name))
  const collection = await collectionOf(root, names, runtime)
  if (collection.codecs.length > 0) return collection
  throw new SenError('SEN_INPUT_INVALID', `read codecs of ${folder}: there are none`, {
    hint: 'Name a checkout of a device repository, one vendor’s folder of it, a Sen profile, or a folder with a codec.js.'
  })
}

async function collectionOf(
  root: string,
  names: ReadonlySet<string>,
  runtime: Pick<CodecRuntime, 'run'>
): Promise<Collection> {
  if (names.has('vendor.toml')) return { layout: 'chirpstack', ...(await chirpStackVendor(root, root, runtime)) }
  if (names.has('vendors')) {
    const vendors = await foldersOf(join(root, 'vendors'))
    const isChirpStack = (await Promise.all(vendors.map(path => textWithin(root, join(path, 'vendor.toml'))))).some(
      Boolean
    )
    if (isChirpStack) return joined('chirpstack', vendors, path => chirpStackVendor(root, path, runtime))
  }
  if (names.has('vendor')) {
    const index = vendorNames(await textWithin(root, join(root, 'vendor', 'index.yaml')))
    return joined('device-repository', await foldersOf(join(root, 'vendor')), path =>
      deviceRepositoryVendor(root, path, index)
    )
  }
  if (names.has('profile.yaml')) {
    return { layout: 'sen', codecs: await codecFolders(dirname(root), root), devices: [] }
  }
  const vendor = await deviceRepositoryVendor(
    root,
    root,
    vendorNames(await textWithin(join(root, '..'), join(root, '..', 'index.yaml')))
  )
  if (vendor.codecs.length > 0) return { layout: 'device-repository', ...vendor }
  const codecs = await codecFolders(root, root)
  const isOfSen = codecs.some(({ path }) => basename(path) === 'codec.js') && (await haveProfiles(root, codecs))
  return { layout: isOfSen ? 'sen' : 'codecs', codecs, devices: [] }
}

async function haveProfiles(root: string, codecs: readonly PublishedCodec[]): Promise<boolean> {
  const profiles = await Promise.all(
    codecs.map(({ path }) => textWithin(root, join(root, dirname(path), 'profile.yaml')))
  )
  return profiles.every(text => text !== undefined)
}

async function joined(
  layout: Collection['layout'],
  folders: readonly string[],
  read: (folder: string) => Promise<{ codecs: readonly PublishedCodec[]; devices: readonly PublishedDevice[] }>
): Promise<Collection> {
  const vendors = []
  for (const folder of folders) vendors.push(await read(folder))
  return {
    layout,
    codecs: vendors.flatMap(({ codecs }) => codecs),
    devices: vendors.flatMap(({ devices }) => devices)
  }
}

async function foldersOf(path: string): Promise<readonly string[]> {
  return (await entriesOf(path)).filter(entry => entry.isDirectory()).map(({ name }) => join(path, name))
}
