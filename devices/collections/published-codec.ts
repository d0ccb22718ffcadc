import type { CodecInput, CodecPurpose } from '../codec/codec-runtime.ts'

/** What somebody who published a codec says of it: this call gives that output. */
export interface PublishedExample {
  readonly title: string
  readonly function: CodecPurpose
  readonly input: CodecInput
  /** The whole output, as TS013 shapes it. */
  readonly expected: unknown
}

/** A codec as it lies in somebody's repository. */
export interface PublishedCodec {
  /** Of its file, below the folder that was read. */
  readonly path: string
  readonly source: string
  readonly examples: readonly PublishedExample[]
  /** Why its examples cannot be read, or where they are not all of them. */
  readonly problems: readonly string[]
}

/** A kind of device that a collection describes, and the codec of its newest firmware. */
export interface PublishedDevice {
  /** As in folder names: lower case, digits and "-". */
  readonly vendorId: string
  readonly modelId: string
  readonly vendor: string
  readonly model: string
  readonly description: string
  /** Path of its description, below the folder that was read. */
  readonly path: string
  /** `undefined` if there is none. */
  readonly codec: PublishedCodec | undefined
}

/** How a folder of codecs is laid out. */
export type Layout = 'chirpstack' | 'device-repository' | 'sen' | 'codecs'

/** Everything found below one folder. */
export interface Collection {
  readonly layout: Layout
  readonly codecs: readonly PublishedCodec[]
  readonly devices: readonly PublishedDevice[]
}
