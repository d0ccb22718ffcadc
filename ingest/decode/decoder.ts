import { isUtf8 } from 'node:buffer'
import { decodePurposeOf } from '../../devices/codec/codec-runtime.ts'
import type { CodecCall, CodecResult, CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import type { TimeWindow } from '../../devices/event-time.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import type { ControlRecord, RedecodeRecord, StoredRecord, TickRecord } from '../../journal/journal.ts'
import type { DecodeTotals } from '../../model/accounting.ts'
import { demodulationFloorDb } from '../../model/demodulation.ts'
import type { UnplacedEvent } from '../../model/network-event.ts'
import type { Position } from '../../model/position.ts'
import { qualityBits } from '../../model/quality.ts'
import { longestSampleBytes } from '../../model/reading-batch.ts'
import type { BatchEvent, Quarantined, ReadingBatch } from '../../model/reading-batch.ts'
import type { RedecodePart, Redecoded } from '../../model/redecode.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import { isObject } from '../json-object.ts'
import type { Topic } from '../topics.ts'
import { BatchBuilder } from './batch-builder.ts'
import { chirpStackUplinkOf } from './chirpstack-uplink.ts'
import { enteredOutcome } from './entered-rows.ts'
import { enteredTopicOf } from './entered-topic.ts'
import { DeviceDirectory } from './device-directory.ts'
import type { DeviceEntry } from './device-directory.ts'
import { contentOf, networkEventOf } from './event-reader.ts'
import type { EventValues } from './event-values.ts'
import { valuesOf } from './event-values.ts'
import { parseJson } from './json-limits.ts'
import { MappedMessages } from './mapped-messages.ts'
import type { Uplink } from './lorawan-uplink.ts'
import { devicesOf, isMapped, isOfNetworkServer, ownTopicOf } from './prepared.ts'
import type { DeviceTopic, Message, NetworkServerTopic, Outcome, Prepared } from './prepared.ts'
import { RecentPast } from './recent-past.ts'
import { Redecoding, isPartDone, newMemory } from './redecoding.ts'
import type { RedecodeSession, RereadRaw } from './redecoding.ts'
import { RowWriter } from './row-writer.ts'
import { writeReports } from './report-times.ts'
import { firstPlaceholder } from './series-directory.ts'
import type { SeriesDirectory } from './series-directory.ts'
import { ttsUplinkOf } from './tts-uplink.ts'

export interface DecoderProps {
  /** The registry at the position where decoding begins; control records move it on. */
  readonly registry: RegistrySnapshot
  /** At that position too; `apply` moves them on with control records. */
  readonly profiles: ReadonlyMap<string, LoadedProfile> & { readonly apply?: (change: RegistryChange) => void }
  readonly codecs: Pick<CodecRuntime, 'run'>
  readonly series: SeriesDirectory
  /** What had been done at that position. */
  readonly totals: DecodeTotals
  /** Which times of devices are believed; `liveWindow` if left out. */
  readonly window?: TimeWindow
  /** For decoding again; without it parts of that find nothing. */
  readonly reread?: RereadRaw
}

export interface Decoded {
  /** Its columns are views: use them before asking for the next. */
  readonly readings: ReadingBatch
  readonly newSeries: readonly SeriesDefinition[]
}

const detailLength = 300

/**
 * Makes readings of raw messages: a fold over the raw log, whose only outside are the codecs and the ids of new series.
 * The same log gives the same readings, whenever it is read.
 */
export class Decoder {
  readonly #props: DecoderProps
  readonly #builder = new BatchBuilder()
  #memory = newMemory()
  #session: RedecodeSession | undefined
  readonly #past = new RecentPast()
  readonly #devices: DeviceDirectory
  readonly #rows: RowWriter
  readonly #mapped: MappedMessages
  readonly #counts: { -readonly [name in keyof DecodeTotals]: number }

  constructor(props: DecoderProps) {
    this.#props = props
    this.#counts = { ...props.totals }
    this.#devices = new DeviceDirectory(props.registry, props.profiles)
    this.#mapped = new MappedMessages(props.registry, this.#devices)
    this.#rows = new RowWriter(this.#builder, props.series, props.window)
  }

  /** Takes records from before the position where decoding begins, to know again what it must remember of them. */
  remember(records: readonly StoredRecord[]): void {
    for (const record of records) {
      this.#past.pass(record.receivedAt, record.position)
      if (record.kind !== 'message') continue
      const topic = ownTopicOf(record)
      this.#rememberMessage(record, topic)
    }
  }

  #rememberMessage(message: Message, topic: Topic): void {
    if (this.#memory.resends.isRepeat(message, topic)) return
    if (isOfNetworkServer(topic) && topic.event === 'up') this.#prepareUplink(message, topic, [])
  }

  /** @returns batches that cover the records in order; each ends at a control record, at a tick, or with the records. */
  async *decode(records: readonly StoredRecord[]): AsyncGenerator<Decoded> {
    let messages: Message[] = []
    for (const record of records) {
      this.#past.pass(record.receivedAt, record.position)
      if (record.kind === 'message') {
        messages.push(record)
        continue
      }
      if (record.kind === 'batch') continue
      await this.#decodeMessages(messages)
      if (record.kind === 'redecode') {
        // Rows of a later generation have a batch of their own.
        const last = messages.at(-1)
        if (last) yield await this.#take(last.position, undefined)
        messages = []
        yield await this.#redecode(record)
        continue
      }
      messages = []
      const event = this.#apply(record)
      yield await this.#take(record.position, event)
    }
    const last = messages.at(-1)
    if (!last) return
    await this.#decodeMessages(messages)
    yield await this.#take(last.position, undefined)
  }

  #apply(record: (ControlRecord | TickRecord) & { readonly position: Position }): BatchEvent {
    if (record.kind === 'tick') return { kind: 'tick', at: record.receivedAt }
    this.#props.registry.apply(record.change)
    this.#props.profiles.apply?.(record.change)
    this.#devices.forget()
    return { kind: 'control', change: record.change }
  }

  /** Decodes a stretch of the log again, unless that has been done. */
  async #redecode({ part, position }: RedecodeRecord & { readonly position: Position }): Promise<Decoded> {
    if (isPartDone(part, this.#counts) || !this.#props.reread) return this.#take(position, undefined)
    const live = this.#memory
    const session = this.#session
    const goesOn = session?.began === part.began && session.reached === part.from - 1
    this.#memory = goesOn ? session.memory : newMemory()
    this.#builder.generation = part.generation
    try {
      const redecoding = new Redecoding(part, hardware => this.#deviceOf(hardware))
      for await (const records of this.#props.reread(goesOn ? session.reached : part.warmFrom, part.to))
        await this.#redecodeRecords(records, redecoding, part)
      this.#session = { began: part.began, reached: part.to, memory: this.#memory }
      this.#counts.redecodeBegan = part.began
      this.#counts.redecodeTo = part.to
      this.#memory = live
      return await this.#take(position, undefined, redecoding.done())
    } finally {
      this.#memory = live
      this.#builder.generation = 0
    }
  }

  async #redecodeRecords(records: readonly StoredRecord[], redecoding: Redecoding, part: RedecodePart): Promise<void> {
    const calls: CodecCall[] = []
    const found: { readonly message: Message; readonly prepared: Prepared }[] = []
    for (const message of records) {
      if (message.kind !== 'message') continue
      // No codec gave it; and rows of a later generation would stand above what is calculated anew.
      if (message.door === 'derived') continue
      const topic = ownTopicOf(message)
      if (!redecoding.mayMean(message.position, topic)) {
        // Of other devices only the packets count, which may share a client with those that are meant.
        const isOther = part.device !== undefined && 'device' in topic && this.#deviceOf(topic.device) !== part.device
        if (isOther) this.#memory.resends.isRepeat(message, topic)
        else this.#rememberMessage(message, topic)
        continue
      }
      const prepared = this.#prepare(message, calls)
      // What is settled without device and codec stays as it was.
      if (prepared.kind === 'done') {
        const isUnregistered = typeof prepared.outcome !== 'string' && prepared.outcome.reason === 'unclaimed'
        if (isUnregistered && redecoding.means(prepared.device ?? '', undefined)) redecoding.leave()
        continue
      }
      const isMeant = devicesOf(prepared).some(named => {
        const device = this.#deviceOf(named)
        return redecoding.means(device, this.#props.registry.devices.get(device)?.profile)
      })
      if (isMeant) found.push({ message, prepared })
    }
    const results = calls.length > 0 ? await this.#props.codecs.run(calls) : []
    for (const { message, prepared } of found) this.#moveOne(message, prepared, { results, redecoding })
  }

  /** The device for which a DevEUI or a name in a topic speaks; itself if there is none. */
  #deviceOf(hardware: string): string {
    return this.#props.registry.deviceOf(hardware)?.device.id ?? hardware
  }

  #moveOne(
    message: Message,
    prepared: Prepared,
    { results, redecoding }: { readonly results: readonly CodecResult[]; readonly redecoding: Redecoding }
  ): void {
    const before = this.#builder.length
    const outcome = this.#finish(message, prepared, results)
    const rows = this.#rows.takeCounts()
    // An event has readings or it has not; nobody's codec changes that.
    const isBare = prepared.kind === 'event' && rows.written === 0
    const move =
      isBare || outcome === 'duplicate' ? undefined : redecoding.move(message.position, outcome, rows.written)
    if (!move) {
      this.#builder.cutTo(before)
      return
    }
    this.#counts.decoded += rows.written + rows.refused
    this.#counts.refused += rows.refused
    this.#counts[move.before]--
    this.#counts[move.after]++
    if (typeof outcome !== 'string') this.#setAside(message, prepared, outcome)
  }

  async #take(position: Position, event: BatchEvent | undefined, redecoded?: Redecoded): Promise<Decoded> {
    const newSeries = await this.#props.series.settle()
    if (newSeries.length > 0) {
      this.#builder.resolveSeries(
        firstPlaceholder,
        newSeries.map(({ id }) => id)
      )
      this.#devices.forget()
    }
    // The position before the oldest record that must be shown again.
    const oldest = Math.min(
      this.#memory.radio.oldestPosition ?? position + 1,
      this.#past.oldestPosition ?? position + 1
    )
    const readings = this.#builder.take({
      position,
      dedupFrom: oldest - 1,
      totals: { ...this.#counts },
      event,
      redecoded
    })
    return { readings, newSeries }
  }

  async #decodeMessages(messages: readonly Message[]): Promise<void> {
    const calls: CodecCall[] = []
    const prepared = messages.map(message => this.#prepare(message, calls))
    const results = calls.length > 0 ? await this.#props.codecs.run(calls) : []
    for (const [i, message] of messages.entries()) {
      const one = prepared[i]
      if (one) this.#count(message, one, this.#finish(message, one, results))
    }
  }

  #prepare(message: Message, calls: CodecCall[]): Prepared {
    const entered = enteredTopicOf(message)
    if (entered) return entered
    const topic = ownTopicOf(message)
    const isResend = this.#memory.resends.isRepeat(message, topic)
    if (isMapped(message)) return this.#prepareMapped(message, isResend)
    if (topic.kind === 'unknown') {
      if (isResend) return { kind: 'done', outcome: 'duplicate', device: undefined, site: undefined }
      const detail = `topic "${message.topic.slice(0, 200)}" is none that Sen reads`
      return { kind: 'done', outcome: { reason: 'unknown-topic', detail }, device: undefined, site: undefined }
    }
    const known = {
      device: topic.kind === 'tts' || topic.kind === 'gateway' ? undefined : topic.device,
      site: isOfNetworkServer(topic) || topic.kind === 'gateway' ? undefined : topic.site
    }
    const done = (outcome: Outcome): Prepared => ({ kind: 'done', outcome, ...known })
    if (isResend) return done('duplicate')
    switch (topic.kind) {
      case 'telemetry':
        return topic
      case 'status':
      case 'reply':
      case 'gateway':
        return this.#prepareEvent(message, topic, known)
      case 'chirpstack':
      case 'tts':
        return topic.event === 'up'
          ? this.#prepareUplink(message, topic, calls)
          : this.#prepareEvent(message, topic, known)
      default:
        return topic satisfies never
    }
  }

  #prepareEvent(message: Message, topic: DeviceTopic, known: Pick<Quarantined, 'device' | 'site'>): Prepared {
    // Who may publish for a site says nothing of devices that stand elsewhere.
    const isOthers = 'site' in topic && this.#props.registry.devices.get(topic.device)?.site !== topic.site
    const read = isOthers ? undefined : networkEventOf(topic, message.payload)
    if (read && !read.ok) return { kind: 'done', outcome: read, ...known }
    if (read?.event === undefined) return { kind: 'done', outcome: 'event', ...known }
    return { kind: 'event', event: read.event, time: read.time, ...known }
  }

  #prepareMapped(message: Message, isResend: boolean): Prepared {
    // No site: a device that stands outside what the connector may speak of is as one that nobody registered.
    const done = (outcome: Outcome, device?: string): Prepared => ({ kind: 'done', outcome, device, site: undefined })
    if (isResend) return done('duplicate')
    const read = this.#mapped.read(message)
    if (!read.ok) return read.isEvent ? done('event') : done(read, read.device)
    const { samples, problem } = read
    const [first] = samples
    const known = problem
      ? { device: problem.device, site: undefined }
      : { device: first?.entry.id, site: first?.entry.site }
    return { kind: 'mapped', samples, problem, ...known }
  }

  #prepareUplink(message: Message, topic: NetworkServerTopic, calls: CodecCall[]): Prepared {
    let device = topic.kind === 'tts' ? undefined : topic.device
    const done = (outcome: Outcome): Prepared => ({
      kind: 'done',
      outcome,
      device,
      site: device === undefined ? undefined : this.#props.registry.deviceOf(device)?.device.site
    })
    const parsed = contentOf(topic, message.payload)
    if (!parsed.ok) return done(parsed)
    const read = topic.kind === 'tts' ? ttsUplinkOf(parsed.json) : chirpStackUplinkOf(parsed.json)
    if (!read.ok) return done(read)
    const { uplink } = read
    const topicName = topic.kind === 'tts' ? topic.endDevice : topic.device
    if (uplink.topicName !== topicName) {
      return done({ reason: 'event-invalid', detail: `device ${uplink.topicName} came on the topic of ${topicName}` })
    }
    device = uplink.device
    if (this.#memory.radio.isRepeat(uplink.frameKey, message.receivedAt, message.position)) return done('duplicate')
    const entry = this.#devices.get(device)
    if (!entry.ok) return done(entry)
    const { codec } = entry.profile
    const hasFrame = uplink.fPort !== 0 && uplink.bytes.length > 0
    if (!hasFrame || codec === undefined) return { kind: 'uplink', uplink, entry, call: undefined }
    calls.push({
      codec,
      function: decodePurposeOf(codec),
      input: { bytes: uplink.bytes, fPort: uplink.fPort, recvTime: message.receivedAt }
    })
    return { kind: 'uplink', uplink, entry, call: calls.length - 1 }
  }

  #finish(message: Message, prepared: Prepared, results: readonly CodecResult[]): Outcome {
    switch (prepared.kind) {
      case 'done':
        return prepared.outcome
      case 'event':
        return this.#event(message, prepared.event, prepared.time)
      case 'telemetry':
        return this.#telemetry(message, prepared.device, prepared.site)
      case 'observation':
      case 'import':
      case 'derived':
        if (prepared.kind === 'import') this.#tell(message, { kind: 'import', device: prepared.device })
        return enteredOutcome(message, prepared, { devices: this.#devices, rows: this.#rows, builder: this.#builder })
      case 'uplink': {
        const { uplink, call } = prepared
        const decoded = call === undefined ? undefined : results[call]
        const entry = uplink.isSimulated ? simulatedOf(prepared.entry) : prepared.entry
        if (!uplink.isSimulated) this.#tell(message, uplinkEventOf(uplink))
        return this.#uplink(message, uplink, entry, decoded)
      }
      case 'mapped': {
        const before = this.#builder.length
        const { samples, problem } = prepared
        for (const { entry, values, time } of samples) this.#rows.write(entry, values, time, message)
        // Set aside though a part of it is kept: once its other devices are claimed too, it is read again as a whole.
        if (problem?.isOfDevice) return problem
        if (problem) this.#rows.refused(problem.detail, 'not-an-object')
        return this.#kept(before)
      }
      default:
        return prepared satisfies never
    }
  }

  /** Its values are readings, its rest travels in the batch; the message holds no application data. */
  #event(message: Message, event: UnplacedEvent, time: string | undefined): Outcome {
    this.#tell(message, event)
    const values = valuesOf(event)
    const entry =
      values.length > 0 && 'device' in event && event.device !== undefined && this.#devices.get(event.device)
    if (entry && entry.ok) this.#rows.writeValues(entry, values, time, message)
    return 'event'
  }

  #tell({ position: at, receivedAt }: Message, event: UnplacedEvent): void {
    // What is decoded again was told when it came.
    if (this.#builder.generation > 0) return
    if (!('device' in event) || event.device === undefined) return this.#builder.tell({ at, receivedAt, ...event })
    // The network server knows the radio; what it says is said of the device for which that speaks.
    const owner = this.#props.registry.deviceOf(event.device)
    const device = owner === undefined || owner.isReplaced ? event.device : owner.device.id
    this.#builder.tell({ at, receivedAt, ...event, device })
  }

  #telemetry(message: Message, device: string, site: string): Outcome {
    const entry = this.#devices.get(device)
    if (!entry.ok) return entry
    if (entry.site !== site) {
      return { reason: 'unclaimed', detail: `device ${device} is not registered at site ${site}` }
    }
    const parsed = parseJson(message.payload)
    if (!parsed.ok) return parsed
    const samples: readonly unknown[] = Array.isArray(parsed.json) ? parsed.json : [parsed.json]
    if (!samples.every(isObject)) {
      return { reason: 'json-invalid', detail: 'must be a JSON object, or an array of objects' }
    }
    const before = this.#builder.length
    writeReports(this.#rows, { entry, message, window: this.#props.window }, samples)
    return this.#kept(before)
  }

  #uplink(message: Message, uplink: Uplink, entry: DeviceEntry, decoded: CodecResult | undefined): Outcome {
    if (decoded && !decoded.ok) return { reason: decoded.code, detail: decoded.message }
    const data = decoded ? dataOf(decoded.output) : uplink.object
    const hasData = uplink.fPort !== 0 && (uplink.bytes.length > 0 || isObject(data))
    if (hasData && !isObject(data)) {
      return { reason: 'no-mapped-value', detail: `profile ${entry.profile.profile.id} found no object in the frame` }
    }
    const before = this.#builder.length
    if (hasData && isObject(data)) this.#rows.write(entry, data, uplink.time, message)
    const outcome = hasData ? this.#kept(before) : 'event'
    if (outcome !== 'event' && outcome !== 'stored') return outcome
    if (uplink.best) this.#rows.writeValues(entry, linkOf(uplink.best, uplink.spreadingFactor), uplink.time, message)
    return outcome
  }

  #kept(before: number): Outcome {
    if (this.#builder.length > before) return 'stored'
    const { refused, refusal, unmapped, unmappedNames } = this.#rows.counts
    return refused > 0
      ? { reason: 'value-invalid', detail: refusal ?? '' }
      : {
          reason: 'no-mapped-value',
          detail:
            unmapped === 0
              ? 'the payload holds no value'
              : `the profile maps none of the fields: ${unmappedNames.join(', ')}`
        }
  }

  #count(message: Message, prepared: Prepared, outcome: Outcome): void {
    const rows = this.#rows.takeCounts()
    this.#counts.decoded += rows.written + rows.refused
    this.#counts.refused += rows.refused
    this.#counts.unmapped += rows.unmapped
    if (typeof outcome === 'string') {
      this.#counts[outcome]++
      return
    }
    this.#counts.quarantined++
    this.#setAside(message, prepared, outcome)
  }

  #setAside(message: Message, prepared: Prepared, outcome: Exclude<Outcome, string>): void {
    const known =
      prepared.kind === 'uplink'
        ? { device: prepared.entry.id, site: prepared.entry.site }
        : { device: prepared.device, site: prepared.site }
    const { reason, detail } = outcome
    this.#builder.quarantine({
      ...known,
      ...{ position: message.position, topic: message.topic, receivedAt: message.receivedAt },
      reason,
      detail: detail.slice(0, detailLength),
      ...(reason === 'unclaimed' && findingOf(message))
    })
  }
}

/** By what people recognise a device that nobody has claimed. */
function findingOf({ credential, payload }: Message): Pick<Quarantined, 'credential' | 'sample'> {
  const isText = payload.length <= longestSampleBytes && isUtf8(payload)
  return { credential, ...(isText && { sample: Buffer.from(payload).toString() }) }
}

function uplinkEventOf({ device, session, counter, spreadingFactor, receptions }: Uplink): UnplacedEvent {
  return { kind: 'uplink', device, session, counter, spreadingFactor, receptions }
}

/** How well the best gateway heard the frame. */
function linkOf({ rssi, snr }: NonNullable<Uplink['best']>, spreadingFactor: number | undefined): EventValues {
  const link = [['rssi', rssi] as const, ['snr', snr] as const]
  return spreadingFactor === undefined ? link : [...link, ['link_margin', snr - demodulationFloorDb(spreadingFactor)]]
}

/** The device's values marked: not it has measured them. Its series stay the same. */
function simulatedOf(entry: DeviceEntry): DeviceEntry {
  return { ...entry, quality: entry.quality | qualityBits.simulated }
}

/** TS013 puts the fields below `data`; older codecs' answers arrive in the same shape. */
function dataOf(output: unknown): unknown {
  return isObject(output) ? output['data'] : undefined
}
