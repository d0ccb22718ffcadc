import type { Metric } from '../../model/metric.ts'
import type { DeviceEvent, NetworkEvent } from '../../model/network-event.ts'
import type { Position } from '../../model/position.ts'
import { qualityBits } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { SeriesId } from '../../model/series.ts'
import { batteryMeasured } from './battery-forecast.ts'
import { clockBehind, clockRead } from './clock-check.ts'
import { newSeries } from './device-record.ts'
import type { DeviceRecord } from './device-record.ts'
import { compareHours } from './drift-groups.ts'
import type { HealthFoldProps, WatchedSeries } from './fold-state.ts'
import { HealthBook } from './health-book.ts'
import { Presence } from './presence.ts'
import { checkValue, implausibleValue, isChecked, newValueCheck } from './value-check.ts'

const hourMs = 3_600_000
/** Devices and gateways are looked at so often, ms. */
const everyMs = 5_000
/** No tick for so long: Sen was away, and nobody is late because of that. */
const pauseMs = 120_000
/** Readings may come so late after their hour is over, and count in it. */
const lateReadingsMs = 10 * 60_000
/** A battery that lasts no longer is told of, days. */
const batteryLowDays = 30

/** What a person entered or Sen calculated is no sign of the device's life. */
const notOfDevice = qualityBits.manual | qualityBits.derived

/**
 * Folds readings, events and ticks into what is known of the health of devices and gateways. Time comes from the log alone:
 * the same log gives the same states and events, however it is cut into batches, and from a snapshot on as without.
 */
export class HealthFold {
  readonly #props: HealthFoldProps
  readonly #book: HealthBook
  readonly #presence: Presence
  #resolved: (WatchedSeries | undefined)[] = []
  /** The message whose rows are being taken. */
  #message: { device: DeviceRecord; at: Position; newest: number; isRefused: boolean } | undefined
  #uplinkAt = -1
  #importAt = -1

  constructor(props: HealthFoldProps) {
    this.#props = props
    this.#book = new HealthBook(props)
    this.#presence = new Presence(this.#book)
  }

  /** What has become known so far: to be asked, told and kept. */
  get book(): HealthBook {
    return this.#book
  }

  take(batch: ReadingBatch): void {
    const events = batch.networkEvents ?? []
    let next = 0
    const tellUpTo = (position: Position) => {
      for (let event = events[next]; event && event.at <= position; event = events[++next]) {
        if (this.#message && event.at > this.#message.at) this.#endMessage()
        this.#event(event)
      }
    }
    for (let row = 0; row < batch.length; row++) {
      // Decoded again: what it says of the device's health was said when it came.
      if ((batch.generation[row] ?? 0) > 0) {
        this.#readAgain(batch.series[row] ?? 0)
        continue
      }
      const at = batch.at[row] ?? 0
      if (this.#message && at !== this.#message.at) this.#endMessage()
      if (next < events.length) tellUpTo(at)
      if (at === this.#importAt) continue
      this.#row(batch, row, at)
    }
    this.#endMessage()
    tellUpTo(Number.POSITIVE_INFINITY)
    if (batch.event?.kind === 'tick') this.#tick(batch.event.at, batch.position)
    else if (batch.event) this.#apply(batch.event.change, batch.position)
  }

  /** What came before its device was registered is no sign of life now; but its hardware was heard. */
  #readAgain(id: SeriesId): void {
    const device = (this.#resolved[id] ?? this.#resolve(id))?.device
    if (!device || device.lastSeenAt > 0 || device.heardBefore < 0) return
    device.heardBefore = -1
    this.#book.dirtyDevices.add(device.id)
  }

  #row(batch: ReadingBatch, row: number, at: Position): void {
    const id = batch.series[row] ?? 0
    const found = this.#resolved[id] ?? this.#resolve(id)
    const quality = batch.quality[row] ?? 0
    if (!found || (quality & notOfDevice) !== 0) return
    const { device } = found
    const time = batch.time[row] ?? 0
    if (!this.#message || this.#message.device !== device) {
      this.#endMessage()
      this.#message = { device, at, newest: time, isRefused: false }
    } else if (time > this.#message.newest) {
      this.#message.newest = time
    }
    if ((quality & qualityBits['receive-time']) !== 0) this.#message.isRefused = true
    const value = batch.value[row] ?? Number.NaN
    if (found.isChecked) this.#check(found, value, time, quality, at)
    else if (found.series.metric === 'battery_level' || found.series.metric === 'battery_voltage')
      device.battery = batteryMeasured(device.battery, found.series.metric, value, time)
  }

  #check({ device, series, metric }: WatchedSeries, value: number, time: number, quality: number, at: Position): void {
    if (metric === undefined || !Number.isFinite(value)) return
    const check = series.check
    if (check === undefined) {
      if ((quality & qualityBits.implausible) === 0) series.check = newValueCheck(value, time)
      return
    }
    // Late ones are history: what the sensor does now is what counts.
    if (time <= check.lastAt) return
    if ((quality & qualityBits.implausible) !== 0) {
      implausibleValue(check, time)
    } else {
      checkValue(check, value, time, metric)
      const hour = Math.floor(time / hourMs)
      if (hour !== series.hour) {
        Object.assign(series, { doneHour: series.hour, doneMean: series.sum / Math.max(1, series.count) })
        Object.assign(series, { hour, sum: 0, count: 0 })
      }
      series.sum += value
      series.count++
    }
    this.#book.doubt(device, 'value-stuck', series.metric, check.isStuck, check.runSince, at)
    this.#book.doubt(device, 'value-spiking', series.metric, check.isSpiking, check.spikes[0] ?? time, at)
  }

  #endMessage(): void {
    const message = this.#message
    if (!message) return
    this.#message = undefined
    const { device, at, newest, isRefused } = message
    device.restsUntil = 0
    const { now } = this.#book.time
    if (at !== this.#uplinkAt && now > 0) {
      this.#presence.seen(device, now)
      // A radio's time is its network server's.
      if (device.gateways.length === 0) this.#clock(device, now, isRefused ? null : now - newest, at)
    }
    this.#book.dirtyDevices.add(device.id)
  }

  #clock(device: DeviceRecord, now: number, behindMs: number | null, at: Position): void {
    device.clock = clockRead(device.clock, now, behindMs)
    const behind = clockBehind(device.clock)
    device.clockBehind = behind !== undefined && Number.isNaN(behind) ? null : behind
    this.#book.doubt(device, 'clock-wrong', undefined, behind !== undefined, device.clock[0]?.[0] ?? now, at)
  }

  #event(event: NetworkEvent): void {
    if (event.kind === 'gateway-stats' || event.kind === 'gateway-connection') this.#presence.gatewayEvent(event)
    else this.#deviceEvent(event)
  }

  #deviceEvent(event: DeviceEvent): void {
    const device = event.device === undefined ? undefined : this.#book.deviceOf(event.device)
    if (!device) return
    device.restsUntil = 0
    this.#book.dirtyDevices.add(device.id)
    switch (event.kind) {
      case 'uplink':
        this.#uplinkAt = event.at
        return this.#presence.uplink(device, event)
      case 'join':
        device.joined(event.receivedAt)
        return this.#presence.seen(device, event.receivedAt)
      case 'status':
        device.isExternallyPowered = event.isExternallyPowered
        if (event.isOnline !== false) return this.#presence.seen(device, event.receivedAt)
        device.isOffline = true
        return this.#presence.silent(device, event.receivedAt, event.at)
      case 'reply':
        return this.#presence.seen(device, event.receivedAt)
      case 'downlink':
        return event.state === 'acked' ? this.#presence.seen(device, event.receivedAt) : undefined
      case 'import':
        return void (this.#importAt = event.at)
      case 'log':
      case 'location':
      case 'integration':
        // The network server speaks, perhaps long after the device did.
        return
      default:
        return event satisfies never
    }
  }

  #tick(at: number, position: Position): void {
    const time = this.#book.time
    if (time.now === 0 || at - time.now > pauseMs) time.presentSince = at
    time.now = at
    const slot = Math.floor(at / everyMs)
    if (slot === time.evaluated) return
    time.evaluated = slot
    this.#presence.judge(at, position)
    const hour = Math.floor((at - lateReadingsMs) / hourMs) - 1
    if (hour === time.hour) return
    time.hour = hour
    this.#hourIsOver(hour, position)
  }

  #hourIsOver(hour: number, position: Position): void {
    const changed = compareHours(this.#book.devices.values(), hour, {
      registry: this.#props.registry,
      metricOf: (device, metric) => this.#metricOf(device, metric)
    })
    const sinceHour = hour * hourMs
    for (const { device, series, isDrifting } of changed) {
      this.#book.doubt(device, 'value-drifting', series.metric, isDrifting, sinceHour, position)
      this.#book.dirtyDevices.add(device.id)
    }
    for (const device of this.#book.devices.values()) {
      const daysLeft = device.battery && !device.isExternallyPowered ? device.health.battery?.daysLeft : undefined
      const isLow = daysLeft !== undefined && daysLeft < batteryLowDays
      this.#book.doubt(device, 'battery-low', undefined, isLow, this.#book.time.now, position)
    }
  }

  #apply(change: RegistryChange, position: Position): void {
    const book = this.#book
    book.registry.apply(change)
    this.#resolved = []
    const profile = book.profiles.apply(change)
    if (profile !== undefined) {
      for (const device of [...book.devices.values()])
        if (book.registry.devices.get(device.id)?.profile === profile) book.reopen(device)
    } else if (change.kind === 'device-removed') {
      book.forget(change.id, position)
    } else if (change.kind === 'device') {
      const known = book.devices.get(change.device.id)
      if (known) this.#changed(known, change.device.decommissionedAt !== undefined)
    }
  }

  /** What was wrong with a device that is out of service is over; with other hardware, all but its silence. */
  #changed(known: DeviceRecord, isOutOfService: boolean): void {
    const device = this.#book.reopen(known)
    const isOther = device.hardware !== known.hardware
    for (const { kind, metric } of device.open.values())
      if (isOutOfService || (isOther && kind !== 'device-silent')) this.#book.end(device, kind, metric)
    this.#book.changedDevices.add(device.id)
  }

  #resolve(id: SeriesId): WatchedSeries | undefined {
    const definition = this.#props.seriesOf(id)
    const device = definition && this.#book.deviceOf(definition.device)
    if (!device) return undefined
    const series = device.series.get(definition.metric) ?? newSeries(definition.metric)
    device.series.set(definition.metric, series)
    const metric = this.#metricOf(device.id, definition.metric)
    const found = { device, series, metric, isChecked: metric !== undefined && isChecked(metric) }
    this.#resolved[id] = found
    return found
  }

  #metricOf(device: string, name: string): Metric | undefined {
    const profile = this.#book.profiles.get(this.#props.registry.devices.get(device)?.profile ?? '')
    return profile?.metrics.find(metric => metric.name === name) ?? this.#props.metrics.get(name)
  }
}
