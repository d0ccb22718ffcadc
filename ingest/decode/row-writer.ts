import { deviceTimeOf, eventTimeOf, liveWindow } from '../../devices/event-time.ts'
import type { TimeWindow } from '../../devices/event-time.ts'
import type { MappingSink, RefusalReason } from '../../devices/mapped-field.ts'
import { metricCatalogue } from '../../model/metric.ts'
import type { Position } from '../../model/position.ts'
import { goodQuality, qualityBits } from '../../model/quality.ts'
import type { Quality } from '../../model/quality.ts'
import type { BatchBuilder } from './batch-builder.ts'
import type { DeviceEntry } from './device-directory.ts'
import type { EventValues } from './event-values.ts'
import type { SeriesDirectory } from './series-directory.ts'

/** When and where in the log a message came. */
export interface Arrival {
  readonly receivedAt: number
  readonly position: Position
}

const namesTold = 8

/** What became of the values of one message. */
export interface RowCounts {
  readonly written: number
  readonly refused: number
  readonly unmapped: number
  /** The first few. */
  readonly unmappedNames: readonly string[]
  /** The first refusal, for words. */
  readonly refusal: string | undefined
}

/**
 * Puts a device's decoded values into the batch as rows: finds their series, times and marks. It is the mapping's sink
 * itself, so that no object is made per value.
 */
export class RowWriter implements MappingSink {
  readonly #builder: BatchBuilder
  readonly #series: SeriesDirectory
  readonly #window: TimeWindow
  #entry: DeviceEntry | undefined
  #receivedAt = 0
  #position = 0
  #time = 0
  #timeQuality: Quality = goodQuality
  #written = 0
  #refused = 0
  #unmapped = 0
  #refusal: string | undefined
  #unmappedNames: string[] = []

  /** @param window - which times of devices are believed. */
  constructor(builder: BatchBuilder, series: SeriesDirectory, window: TimeWindow = liveWindow) {
    this.#builder = builder
    this.#series = series
    this.#window = window
  }

  /**
   * Writes the rows of one decoded object.
   *
   * @param ts - the device's time, as the message gives it.
   */
  write(entry: DeviceEntry, decoded: Readonly<Record<string, unknown>>, ts: unknown, arrival: Arrival): void {
    this.#begin(entry, ts, arrival)
    entry.profile.mapping.map(decoded, this)
  }

  /** Writes the rows of a report whose own time is not believed, at a time that was found for it. */
  writeRefused(entry: DeviceEntry, decoded: Readonly<Record<string, unknown>>, at: number, arrival: Arrival): void {
    this.#begin(entry, Number.NaN, arrival)
    this.#time = at
    entry.profile.mapping.map(decoded, this)
  }

  /** Writes what the message says of the device beside its payload, by the metric catalogue: signal, battery, place. */
  writeValues(entry: DeviceEntry, values: EventValues, ts: unknown, arrival: Arrival): void {
    this.#begin(entry, ts, arrival)
    for (const [metric, value] of values) this.#writeValue(metric, value)
  }

  /**
   * Begins rows that did not come from the device itself: their metrics are named and their values are in canonical units.
   * Times are taken as they are given, whatever their age.
   */
  beginEntered(entry: DeviceEntry, arrival: Arrival): void {
    this.#begin(entry, undefined, arrival)
  }

  /** @returns the number by which `writeEntered` knows the metric's series. */
  enteredSeries(metric: string): number {
    return this.#seriesOf(metric)
  }

  /** Writes one such row; `quality` is added to what all readings of the device have. */
  writeEntered(series: number, time: number, value: number | string, quality: Quality): void {
    this.#builder.add(series, time, value, this.#timeQuality | quality, this.#position)
    this.#written++
  }

  #writeValue(metric: string, value: number): void {
    // Far beyond what a receiver can measure; as for every number, what may have been rounded is not stored.
    if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return this.refused(metric, 'beyond-2^53')
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = metricCatalogue.get(metric) ?? {}
    const implausible = value < min || value > max ? qualityBits.implausible : goodQuality
    this.#builder.add(this.#seriesOf(metric), this.#time, value + 0, this.#timeQuality | implausible, this.#position)
    this.#written++
  }

  /** What became of values since the last `takeCounts`. */
  get counts(): RowCounts {
    return {
      written: this.#written,
      refused: this.#refused,
      unmapped: this.#unmapped,
      unmappedNames: this.#unmappedNames,
      refusal: this.#refusal
    }
  }

  /** @returns `counts`, which begin anew. */
  takeCounts(): RowCounts {
    const { counts } = this
    this.#written = 0
    this.#refused = 0
    this.#unmapped = 0
    if (this.#unmappedNames.length > 0) this.#unmappedNames = []
    this.#refusal = undefined
    return counts
  }

  value(metric: number, value: number | string, deviceTime: number | undefined): void {
    const entry = this.#entry
    if (!entry) return
    const { mapping } = entry.profile
    let time = this.#time
    let quality = this.#timeQuality
    if (deviceTime !== undefined) {
      const event = eventTimeOf(deviceTime, this.#receivedAt, this.#window)
      time = event.at
      quality = entry.quality | (event.isRefused ? qualityBits['receive-time'] : goodQuality)
    }
    if (typeof value === 'number' && (value < (mapping.min[metric] ?? 0) || value > (mapping.max[metric] ?? 0))) {
      quality |= qualityBits.implausible
    }
    // Doubt holds from its place in the log on: what is decoded again is of before.
    if (entry.doubtful?.[metric] === 1 && this.#builder.generation === 0) quality |= qualityBits.doubtful
    const series = entry.series[metric] || this.#find(entry, metric)
    this.#builder.add(series, time, value, quality, this.#position)
    this.#written++
  }

  refused(field: string, reason: RefusalReason): void {
    this.#refused++
    this.#refusal ??= `${field.slice(0, 100)}: ${reason}`
  }

  unmapped(field: string): void {
    this.#unmapped++
    if (this.#unmappedNames.length < namesTold) this.#unmappedNames.push(field)
  }

  #begin(entry: DeviceEntry, ts: unknown, arrival: Arrival): void {
    const { at, isRefused } = eventTimeOf(deviceTimeOf(ts), arrival.receivedAt, this.#window)
    this.#entry = entry
    this.#receivedAt = arrival.receivedAt
    this.#position = arrival.position
    this.#time = at
    this.#timeQuality = entry.quality | (isRefused ? qualityBits['receive-time'] : goodQuality)
  }

  #find(entry: DeviceEntry, metric: number): number {
    const series = this.#seriesOf(entry.profile.metrics[metric]?.name ?? '')
    entry.series[metric] = series
    return series
  }

  #seriesOf(metric: string): number {
    const entry = this.#entry
    if (!entry) return 0
    const { organisation, id: device } = entry
    return (
      this.#series.seriesOf(organisation, device).get(metric) ??
      this.#series.placeholder({ organisation, device, metric })
    )
  }
}
