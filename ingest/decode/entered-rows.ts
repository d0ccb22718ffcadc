import type { MessageRecord } from '../../journal/journal.ts'
import type { ImportedRows } from '../../model/imported-rows.ts'
import { metricName } from '../../model/ids.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { observationRecord } from '../../model/observation.ts'
import type { Position } from '../../model/position.ts'
import { goodQuality, qualityBits } from '../../model/quality.ts'
import type { Quality } from '../../model/quality.ts'
import type { QuarantineReason } from '../../model/reading-batch.ts'
import type { BatchBuilder } from './batch-builder.ts'
import type { DeviceDirectory, DeviceEntry } from './device-directory.ts'
import type { EnteredTopic } from './entered-topic.ts'
import { isObject } from '../json-object.ts'
import { parseJson } from './json-limits.ts'
import type { RowWriter } from './row-writer.ts'

/** Where entered rows go. */
export interface EnteredSinks {
  readonly devices: DeviceDirectory
  readonly rows: RowWriter
  readonly builder: BatchBuilder
}

type EnteredOutcome = 'stored' | 'event' | { readonly reason: QuarantineReason; readonly detail: string }
type Message = MessageRecord & { readonly position: Position }

/**
 * Makes rows of what a person entered, an import brought or Sen calculated. Sen itself put the message into the log, so what does not fit is
 * damage or of a newer version, and set aside as any other message is.
 */
export function enteredOutcome(message: Message, topic: EnteredTopic, sinks: EnteredSinks): EnteredOutcome {
  const entry = sinks.devices.get(topic.device)
  if (!entry.ok) return entry
  const parsed = parseJson(message.payload)
  if (!parsed.ok) return parsed
  return topic.kind === 'observation'
    ? observe(message, topic, entry, { ...sinks, json: parsed.json })
    : imported(message, entry, { ...sinks, json: parsed.json, mark: markOf[topic.kind] })
}

/** What every row of the message is marked with. */
const markOf = { import: goodQuality, derived: qualityBits.derived } as const

type Read = EnteredSinks & { readonly json: unknown }

function observe(message: Message, topic: EnteredTopic, entry: DeviceEntry, read: Read): EnteredOutcome {
  const { rows, builder } = read
  const parsed = observationRecord.safeParse(read.json)
  if (!parsed.success || !isTime(parsed.data.t) || !isValue(parsed.data.value))
    return { reason: 'json-invalid', detail: 'is no observation that this version reads' }
  const record = parsed.data
  const { metric, t, value, kind } = record
  const withdrawn = kind === 'withdrawal' ? qualityBits.withdrawn : goodQuality
  rows.beginEntered(entry, message)
  rows.writeEntered(
    rows.enteredSeries(metric),
    t,
    value,
    qualityBits.manual | withdrawn | rangeMark(entry, metric)(value)
  )
  const { position, receivedAt } = message
  builder.observe({ ...record, position, device: topic.device, site: topic.site, receivedAt })
  return 'stored'
}

function imported(
  message: Message,
  entry: DeviceEntry,
  { rows, json, mark }: Read & { readonly mark: Quality }
): EnteredOutcome {
  if (!isImport(json)) return { reason: 'json-invalid', detail: 'holds no rows that this version reads' }
  rows.beginEntered(entry, message)
  let written = 0
  for (const { metric, t, value, quality } of json.series) {
    const id = rows.enteredSeries(metric)
    const rangeMarkOf = rangeMark(entry, metric)
    for (let row = 0; row < t.length; row++, written++) {
      const one = value[row] ?? 0
      rows.writeEntered(id, t[row] ?? 0, one, (quality?.[row] ?? goodQuality) | mark | rangeMarkOf(one))
    }
  }
  return written > 0 ? 'stored' : 'event'
}

/** Not by its schema: the door of imports has checked each of the thousands of rows, and another million of them may wait. */
function isImport(json: unknown): json is ImportedRows {
  return isObject(json) && Array.isArray(json['series']) && json['series'].every(isSeries)
}

function isSeries(one: unknown): one is ImportedRows['series'][number] {
  if (!isObject(one)) return false
  const { metric, t, value, quality } = one
  return (
    typeof metric === 'string' &&
    metricName.safeParse(metric).success &&
    isListOf(t, isTime) &&
    isListOf(value, isValue) &&
    value.length === t.length &&
    (quality === undefined || (isListOf(quality, isMark) && quality.length === t.length))
  )
}

function isListOf<T>(list: unknown, isOne: (one: unknown) => one is T): list is readonly T[] {
  return Array.isArray(list) && list.every(isOne)
}

/** ECMA-262, 21.4.1.1: no time is further from 1970. */
const furthestTime = 8.64e15

function isTime(t: unknown): t is number {
  return Number.isInteger(t) && Math.abs(Number(t)) <= furthestTime
}

function isValue(value: unknown): value is number | string {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && value.isWellFormed()
}

function isMark(bits: unknown): bits is Quality {
  return Number.isInteger(bits) && Number(bits) >= 0 && Number(bits) <= 255
}

/** @returns what tells a value outside the metric's plausible range, as the profile or the catalogue has it. */
function rangeMark({ profile }: DeviceEntry, name: string): (value: number | string) => Quality {
  const metric = profile.metrics.find(one => one.name === name) ?? metricCatalogue.get(name)
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = metric ?? {}
  return value => (typeof value === 'number' && (value < min || value > max) ? qualityBits.implausible : goodQuality)
}
