import type { MessageRecord } from '../../journal/journal.ts'
import type { ConnectorMapping } from '../../model/connector-mapping.ts'
import { messageOf } from '../../model/errors.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { MessageReader } from '../mapped/message-reader.ts'
import type { Problem, Sample } from '../mapped/message-reader.ts'
import type { DeviceDirectory, DeviceEntry } from './device-directory.ts'

/** Values of one registered device, and the entry that says how they are mapped. */
export interface MappedSample extends Sample {
  readonly entry: DeviceEntry
}

/** Why a part of a message cannot be read. */
export interface MappedProblem extends Problem {
  /** The first device that it is about, where it is about some that cannot be found. */
  readonly device: string | undefined
  /** Once the device is there, the message can be read. */
  readonly isOfDevice: boolean
}

/** A message of a connector with a mapping, as far as it can be read without writing rows. */
export type MappedMessage =
  | {
      readonly ok: true
      readonly samples: readonly MappedSample[]
      /** Of a part of the message: the rest stands. */
      readonly problem: MappedProblem | undefined
    }
  | { readonly ok: false; readonly isEvent: true }
  | ({ readonly ok: false; readonly isEvent: false; readonly device: string | undefined } & Problem)

/** Reads messages of connectors by the mapping that was in force where they stand in the log. */
export class MappedMessages {
  readonly #registry: RegistrySnapshot
  readonly #devices: DeviceDirectory
  readonly #readers = new WeakMap<ConnectorMapping, MessageReader | Problem>()
  /** Entries whose values the connector's fields map, by the device's own entry, which is another after each change. */
  readonly #entries = new WeakMap<DeviceEntry, Map<MessageReader, DeviceEntry>>()

  constructor(registry: RegistrySnapshot, devices: DeviceDirectory) {
    this.#registry = registry
    this.#devices = devices
  }

  read(message: MessageRecord): MappedMessage {
    const name = message.credential.slice(message.credential.indexOf(':') + 1)
    const mapping = this.#registry.connectorMappings.get(name)
    if (!mapping) return refused({ reason: 'unknown-topic', detail: `connector ${name} has no mapping` })
    const reader = this.#readerOf(mapping)
    if (!(reader instanceof MessageReader)) return refused(reader)
    const read = reader.read(mapping.topics.length === 0 ? '' : message.topic, message.payload)
    if (!read.ok) return refused(read)
    // A retained message is an old one. Of what age, only a time of its own can tell.
    const samples = message.retain
      ? read.samples.filter(({ time }) => time !== undefined && time !== null)
      : read.samples
    if (samples.length === 0) return { ok: false, isEvent: true }
    return this.#claimed(samples, mapping, reader, read.problem)
  }

  #claimed(
    samples: readonly Sample[],
    mapping: ConnectorMapping,
    reader: MessageReader,
    problem: Problem | undefined
  ): MappedMessage {
    const known: MappedSample[] = []
    const strangers = new Set<string>()
    let missing: Problem | undefined
    for (const sample of samples) {
      const entry = this.#devices.get(sample.device)
      if (entry.ok && this.#isWithin(entry.organisation, mapping.organisation)) {
        known.push({ ...sample, entry: this.#mappedEntry(entry, reader) })
        continue
      }
      strangers.add(sample.device)
      missing ??= entry.ok || entry.reason === 'unclaimed' ? { reason: 'unclaimed', detail: '' } : entry
    }
    const [device] = strangers
    const told = missing && {
      ...missing,
      detail: missing.detail || `${wordsOf(strangers)} registered for connector ${mapping.id}`
    }
    const part = told
      ? { ...told, device, isOfDevice: true }
      : problem && { ...problem, device: undefined, isOfDevice: false }
    if (known.length > 0) return { ok: true, samples: known, problem: part }
    return { ok: false, isEvent: false, ...(part ?? nothing) }
  }

  #readerOf(mapping: ConnectorMapping): MessageReader | Problem {
    const known = this.#readers.get(mapping)
    if (known) return known
    let reader: MessageReader | Problem
    try {
      reader = new MessageReader(mapping)
    } catch (cause) {
      // It was valid when it was made; a metric has gone since.
      reader = { reason: 'no-mapped-value', detail: messageOf(cause) }
    }
    this.#readers.set(mapping, reader)
    return reader
  }

  #mappedEntry(entry: DeviceEntry, reader: MessageReader): DeviceEntry {
    const { fields } = reader
    if (!fields) return entry
    const byReader = this.#entries.get(entry) ?? new Map<MessageReader, DeviceEntry>()
    this.#entries.set(entry, byReader)
    const known = byReader.get(reader)
    if (known) return known
    const mapped: DeviceEntry = {
      ...entry,
      profile: { ...entry.profile, mapping: fields, metrics: fields.metrics },
      series: new Uint32Array(fields.metrics.length)
    }
    byReader.set(reader, mapped)
    return mapped
  }

  /** A connector of one commune says nothing about devices of another. */
  #isWithin(organisation: string, owner: string): boolean {
    for (let at: string | undefined = organisation; at !== undefined;) {
      if (at === owner) return true
      at = this.#registry.organisations.get(at)?.parent
    }
    return false
  }
}

const nothing = { reason: 'no-mapped-value', detail: 'the message holds no entry', device: undefined } as const
const mostNamed = 5

function wordsOf(devices: ReadonlySet<string>): string {
  const named = [...devices].slice(0, mostNamed).join(', ')
  const more = devices.size > mostNamed ? ` and ${devices.size - mostNamed} more` : ''
  return devices.size === 1 ? `device ${named} is not` : `devices ${named}${more} are not`
}

function refused({ reason, detail }: Problem): MappedMessage {
  return { ok: false, isEvent: false, reason, detail, device: undefined }
}
