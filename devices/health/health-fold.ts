import type { DeviceHealth, GatewayHealth, HealthEvent, HealthEventKind, Liveness } from '../../model/health.ts'
import type { Metric } from '../../model/metric.ts'
import type { DeviceEvent, GatewayEvent, NetworkEvent, UplinkEvent } from '../../model/network-event.ts'
import type { Position } from '../../model/position.ts'
import { qualityBits } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { SeriesId } from '../../model/series.ts'
import { batteryMeasured } from './battery-forecast.ts'
import { clockBehind, clockRead } from './clock-check.ts'
import { DeviceRecord, newSeries, openKey } from './device-record.ts'
import { openedEvent } from './opened-event.ts'
import type { DeviceSnapshot } from './device-record.ts'
import { compareHours } from './drift-groups.ts'
import type { FoldTime, HealthChanges, HealthFoldProps, HealthSnapshot, WatchedSeries } from './fold-state.ts'
import { frameHeard } from './frame-loss.ts'
import { GatewayRecord } from './gateway-record.ts'
import { checkValue, implausibleValue, isChecked, newValueCheck } from './value-check.ts'

const hourMs = 3_600_000
/** Devices and gateways are looked at so often, ms. */
const everyMs = 5_000
/** No tick for so long: Sen was away, and nobody is late because of that. */
const pauseMs = 120_000
/** A gateway's connection may be lost for so long before that is an outage. */
const reconnectMs = 60_000
/** Readings may come so late after their hour is over, and count in it. */
const lateReadingsMs = 10 * 60_000
/** A battery that lasts no longer is told of, days. */
const batteryLowDays = 30
/** Strangers' gateways are remembered up to this many. */
const mostGateways = 5_000

/**
 * Folds readings, events and ticks into what is known of the health of devices and gateways. Time comes from the log alone:
 * the same log gives the same states and events, however it is cut into batches, and from a snapshot on as without.
 */
export class HealthFold {
  readonly #props: HealthFoldProps
  readonly #devices = new Map<string, DeviceRecord>()
  readonly #gateways = new Map<string, GatewayRecord>()
  #resolved: (WatchedSeries | undefined)[] = []
  readonly #time: FoldTime
  readonly #events = new Map<string, HealthEvent>()
  readonly #changedDevices = new Set<string>()
  readonly #changedGateways = new Set<string>()
  readonly #dirtyDevices = new Set<string>()
  readonly #dirtyGateways = new Set<string>()
  /** The message whose rows are being taken. */
  #message: { device: DeviceRecord; at: Position; newest: number; isRefused: boolean } | undefined
  /** Who is heard by which gateway may have changed. */
  #isServedStale = true
  #uplinkAt = -1
  #importAt = -1

  constructor(props: HealthFoldProps) {
    this.#props = props
    this.#time = props.kept ? { ...props.kept.time } : { now: 0, presentSince: 0, evaluated: 0, hour: 0 }
    for (const [id, kept] of props.kept?.devices ?? [])
      if (props.registry.devices.has(id)) this.#devices.set(id, this.#newDevice(id, kept))
    // Whoever marks what is doubted learns what stands, also where a crash came between.
    for (const device of this.#devices.values()) if (device.open.size > 0) this.#changedDevices.add(device.id)
    for (const id of props.registry.doubts.keys()) this.#changedDevices.add(id)
    for (const [id, kept] of props.kept?.gateways ?? []) this.#gateways.set(id, new GatewayRecord(id, kept))
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
      if ((batch.generation[row] ?? 0) > 0) continue
      const at = batch.at[row] ?? 0
      if (this.#message && at !== this.#message.at) this.#endMessage()
      if (next < events.length) tellUpTo(at)
      if (at === this.#importAt) continue
      this.#row(batch, row, at)
    }
    this.#endMessage()
    tellUpTo(Number.POSITIVE_INFINITY)
    if (batch.event?.kind === 'tick') this.#tick(batch.event.at, batch.position)
    else if (batch.event) this.#apply(batch.event.change)
  }

  /** @returns what has become known since the last time. */
  takeChanges(): HealthChanges {
    const devices = [...this.#changedDevices].flatMap(id => this.device(id) ?? [])
    const gateways = [...this.#changedGateways].flatMap(id => this.gateway(id) ?? [])
    const events = [...this.#events.values()]
    for (const told of [this.#events, this.#changedDevices, this.#changedGateways]) told.clear()
    return { events, devices, gateways }
  }

  /** @returns what has changed since the last snapshot; laid over the ones before it is all. */
  takeSnapshot(): HealthSnapshot {
    const snapshot = {
      time: { ...this.#time },
      devices: [...this.#dirtyDevices].flatMap(id => {
        const device = this.#devices.get(id)
        return device ? [[id, device.snapshot] as const] : []
      }),
      gateways: [...this.#dirtyGateways].flatMap(id => {
        const gateway = this.#gateways.get(id)
        return gateway ? [[id, gateway.snapshot] as const] : []
      })
    }
    this.#dirtyDevices.clear()
    this.#dirtyGateways.clear()
    return snapshot
  }

  /** @returns `undefined` for a device that is not registered. One never heard is `never`. */
  device(id: string): DeviceHealth | undefined {
    const known = this.#devices.get(id)
    if (known) return known.health
    return this.#props.registry.devices.has(id) ? this.#newDevice(id).health : undefined
  }

  gateway(id: string): GatewayHealth | undefined {
    const known = this.#gateways.get(id)
    if (known) return known.health
    return this.#props.registry.gateways.has(id) ? new GatewayRecord(id).health : undefined
  }

  /** @returns how many registered devices are in each state. */
  counts(): Readonly<Record<Liveness, number>> {
    const counts = { never: 0, online: 0, late: 0, silent: 0 }
    for (const id of this.#props.registry.devices.keys()) counts[this.#devices.get(id)?.state ?? 'never']++
    return counts
  }

  #row(batch: ReadingBatch, row: number, at: Position): void {
    const id = batch.series[row] ?? 0
    const found = this.#resolved[id] ?? this.#resolve(id)
    const quality = batch.quality[row] ?? 0
    if (!found || (quality & qualityBits.manual) !== 0) return
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
    this.#doubt(device, 'value-stuck', series.metric, check.isStuck, check.runSince, at)
    this.#doubt(device, 'value-spiking', series.metric, check.isSpiking, check.spikes[0] ?? time, at)
  }

  /** Opens or ends what is doubted of a series. */
  #doubt(
    device: DeviceRecord,
    kind: HealthEventKind,
    metric: string | undefined,
    isSo: boolean,
    since: number,
    position: Position
  ): void {
    const isOpen = device.open.size > 0 && device.open.has(openKey(kind, metric))
    if (isSo === isOpen) return
    if (isSo) this.#open(device, kind, { metric, since, position })
    else this.#end(device, kind, metric)
    this.#changedDevices.add(device.id)
  }

  #open(
    device: DeviceRecord,
    kind: HealthEventKind,
    { metric, since, position }: Pick<HealthEvent, 'metric' | 'since' | 'position'>
  ): void {
    const event = openedEvent(kind, { device: device.id, metric, since, position, openedAt: this.#time.now })
    device.open.set(openKey(kind, metric), event)
    this.#tell(event)
    this.#dirtyDevices.add(device.id)
  }

  #end(device: DeviceRecord, kind: HealthEventKind, metric?: string): void {
    const key = openKey(kind, metric)
    const event = device.open.get(key)
    if (!event) return
    device.open.delete(key)
    this.#tell({ ...event, endedAt: this.#time.now })
    this.#dirtyDevices.add(device.id)
  }

  #tell(event: HealthEvent): void {
    this.#events.set(event.id, event)
  }

  #endMessage(): void {
    const message = this.#message
    if (!message) return
    this.#message = undefined
    const { device, at, newest, isRefused } = message
    device.restsUntil = 0
    const { now } = this.#time
    if (at !== this.#uplinkAt && now > 0) {
      this.#seen(device, now)
      // A radio's time is its network server's.
      if (device.gateways.length === 0) this.#clock(device, now, isRefused ? null : now - newest, at)
    }
    this.#dirtyDevices.add(device.id)
  }

  #clock(device: DeviceRecord, now: number, behindMs: number | null, at: Position): void {
    device.clock = clockRead(device.clock, now, behindMs)
    const behind = clockBehind(device.clock)
    device.clockBehind = behind !== undefined && Number.isNaN(behind) ? null : behind
    this.#doubt(device, 'clock-wrong', undefined, behind !== undefined, device.clock[0]?.[0] ?? now, at)
  }

  #event(event: NetworkEvent): void {
    if (event.kind === 'gateway-stats' || event.kind === 'gateway-connection') this.#gatewayEvent(event)
    else this.#deviceEvent(event)
  }

  #gatewayEvent(event: GatewayEvent): void {
    const gateway = this.#gatewayOf(event.gateway)
    if (!gateway) return
    this.#dirtyGateways.add(gateway.id)
    if (event.kind === 'gateway-stats') gateway.statsCame(event, this.#wasPresentSince(gateway.statsAt))
    else gateway.connectionIs(event)
  }

  #deviceEvent(event: DeviceEvent): void {
    const device = event.device === undefined ? undefined : this.#deviceOf(event.device)
    if (!device) return
    device.restsUntil = 0
    this.#dirtyDevices.add(device.id)
    switch (event.kind) {
      case 'uplink':
        this.#uplinkAt = event.at
        return this.#uplink(device, event)
      case 'join':
        device.joined(event.receivedAt)
        return this.#seen(device, event.receivedAt)
      case 'status':
        device.isExternallyPowered = event.isExternallyPowered
        if (event.isOnline !== false) return this.#seen(device, event.receivedAt)
        device.isOffline = true
        return this.#silent(device, event.receivedAt, event.at)
      case 'reply':
        return this.#seen(device, event.receivedAt)
      case 'downlink':
        return event.state === 'acked' ? this.#seen(device, event.receivedAt) : undefined
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

  #uplink(device: DeviceRecord, event: UplinkEvent): void {
    const { receivedAt, session, counter } = event
    const main = device.mainGateway === undefined ? undefined : this.#gateways.get(device.mainGateway)
    for (const { gateway: id } of event.receptions) {
      const gateway = id === '' ? undefined : this.#gatewayOf(id)
      if (!gateway) continue
      gateway.frameCame(receivedAt, this.#wasPresentSince(gateway.lastSeenAt))
      this.#dirtyGateways.add(gateway.id)
    }
    const isOutage = main !== undefined && (main.outage !== undefined || main.upSince > device.lastSeenAt)
    if (main?.outage && !event.receptions.some(one => one.gateway === main.id)) this.#heardElsewhere(main, device.id)
    device.frames = frameHeard(device.frames, { session, counter, isOutage })
    const heardBefore = device.mainGateway
    device.heardBy(event.receptions, event.spreadingFactor, receivedAt)
    if (device.mainGateway !== heardBefore) this.#isServedStale = true
    this.#seen(device, receivedAt)
  }

  #heardElsewhere(gateway: GatewayRecord, device: string): void {
    const { outage } = gateway
    if (!outage || outage.heardElsewhere.includes(device)) return
    this.#outage(gateway, { ...outage, heardElsewhere: [...outage.heardElsewhere, device] })
  }

  #outage(gateway: GatewayRecord, event: HealthEvent): void {
    gateway.outage = event
    this.#tell(event)
    this.#dirtyGateways.add(gateway.id)
  }

  /** A sign of life. Several of one moment are one. */
  #seen(device: DeviceRecord, at: number): void {
    const gap = at - device.lastSeenAt
    if (device.lastSeenAt > 0 && gap > 0 && this.#wasPresentSince(device.lastSeenAt)) {
      const main = device.mainGateway === undefined ? undefined : this.#gateways.get(device.mainGateway)
      // What a gateway swallowed is not the device's rhythm.
      if (!(main && (main.outage ?? main.upSince > device.lastSeenAt))) device.rhythm.arrived(gap)
    }
    device.lastSeenAt = Math.max(device.lastSeenAt, at)
    device.isOffline = false
    if (device.state === 'online') return
    device.behind = undefined
    this.#end(device, 'device-silent')
    this.#turn(device, 'online', at)
  }

  #silent(device: DeviceRecord, at: number, position: Position): void {
    if (!device.open.has('device-silent'))
      this.#open(device, 'device-silent', { metric: undefined, since: device.lastSeenAt || at, position })
    device.behind = undefined
    this.#turn(device, 'silent', at)
  }

  #turn(device: DeviceRecord, state: Liveness, at: number): void {
    if (device.state === state) return
    if (device.state === 'never') this.#isServedStale = true
    device.state = state
    device.since = at
    this.#changedDevices.add(device.id)
    this.#dirtyDevices.add(device.id)
  }

  #wasPresentSince(at: number): boolean {
    return at >= this.#time.presentSince
  }

  #tick(at: number, position: Position): void {
    const time = this.#time
    if (time.now === 0 || at - time.now > pauseMs) time.presentSince = at
    time.now = at
    const slot = Math.floor(at / everyMs)
    if (slot === time.evaluated) return
    time.evaluated = slot
    for (const gateway of this.#gateways.values()) this.#judgeGateway(gateway, at, position)
    for (const device of this.#devices.values()) if (at > device.restsUntil) this.#judge(device, at, position)
    this.#countServed()
    const hour = Math.floor((at - lateReadingsMs) / hourMs) - 1
    if (hour === time.hour) return
    time.hour = hour
    this.#hourIsOver(hour, position)
  }

  /** Devices by the gateway that mostly hears them. */
  #countServed(): void {
    if (!this.#isServedStale) return
    this.#isServedStale = false
    const served = new Map<string, number>()
    for (const { mainGateway, state } of this.#devices.values())
      if (mainGateway !== undefined && state !== 'never') served.set(mainGateway, (served.get(mainGateway) ?? 0) + 1)
    for (const gateway of this.#gateways.values()) {
      const devices = served.get(gateway.id) ?? 0
      if (devices === gateway.devices) continue
      gateway.devices = devices
      this.#dirtyGateways.add(gateway.id)
    }
  }

  #judgeGateway(gateway: GatewayRecord, now: number, position: Position): void {
    const quiet = now - Math.max(gateway.lastSeenAt, this.#time.presentSince)
    const { patience } = gateway
    const isCut = gateway.offlineAt > 0 && gateway.lastSeenAt <= gateway.offlineAt
    const isSilent = isCut
      ? now - gateway.offlineAt >= reconnectMs
      : patience !== undefined && quiet > patience.silentMs
    const isLate = isCut || (patience !== undefined && quiet > patience.lateMs)
    const state = isSilent ? 'silent' : isLate ? 'late' : gateway.lastSeenAt === 0 ? 'never' : 'online'
    if (state !== gateway.state) {
      gateway.state = state
      gateway.since = now
      this.#changedGateways.add(gateway.id)
      this.#dirtyGateways.add(gateway.id)
    }
    if (isSilent && !gateway.outage) {
      const since = isCut ? gateway.offlineAt : gateway.lastSeenAt
      this.#outage(gateway, openedEvent('gateway-down', { gateway: gateway.id, since, position, openedAt: now }))
    } else if (gateway.outage && state === 'online') {
      this.#tell({ ...gateway.outage, endedAt: now })
      gateway.outage = undefined
      gateway.upSince = now
      this.#dirtyGateways.add(gateway.id)
    }
  }

  #judge(device: DeviceRecord, now: number, position: Position): void {
    if (device.lastSeenAt === 0 || device.isOffline || device.open.has('device-silent')) return
    if (this.#props.registry.devices.get(device.id)?.decommissionedAt !== undefined) return
    const main = device.mainGateway === undefined ? undefined : this.#gateways.get(device.mainGateway)
    const waitsFrom = Math.max(device.lastSeenAt, this.#time.presentSince, main?.upSince ?? 0)
    const quiet = now - waitsFrom
    const { lateMs, silentMs } = device.patience
    if (quiet <= lateMs) {
      if (device.behind === undefined) device.restsUntil = waitsFrom + lateMs
      if (device.behind !== undefined && !main?.outage) {
        device.behind = undefined
        this.#turn(device, 'late', now)
      }
      return
    }
    if (main?.outage) return this.#behind(device, main, main.outage, now)
    // Its gateway has said nothing since either: that is for the gateway to explain.
    const isGatewayQuiet = main !== undefined && main.patience !== undefined && main.lastSeenAt <= device.lastSeenAt
    if (quiet <= silentMs || isGatewayQuiet) return this.#turn(device, 'late', now)
    this.#silent(device, now, position)
  }

  /** Silent, and the gateway is why: it is told in the gateway's event. */
  #behind(device: DeviceRecord, gateway: GatewayRecord, outage: HealthEvent, now: number): void {
    if (device.behind === gateway.id) return
    device.behind = gateway.id
    this.#turn(device, 'silent', now)
    this.#changedDevices.add(device.id)
    if (outage.silentDevices.includes(device.id)) return
    const silentDevices = [...outage.silentDevices, device.id]
    const heardElsewhere = outage.heardElsewhere.filter(id => id !== device.id)
    this.#outage(gateway, { ...outage, silentDevices, heardElsewhere })
  }

  #hourIsOver(hour: number, position: Position): void {
    const changed = compareHours(this.#devices.values(), hour, {
      registry: this.#props.registry,
      metricOf: (device, metric) => this.#metricOf(device, metric)
    })
    const sinceHour = hour * hourMs
    for (const { device, series, isDrifting } of changed) {
      this.#doubt(device, 'value-drifting', series.metric, isDrifting, sinceHour, position)
      this.#dirtyDevices.add(device.id)
    }
    for (const device of this.#devices.values()) {
      const daysLeft = device.battery && !device.isExternallyPowered ? device.health.battery?.daysLeft : undefined
      const isLow = daysLeft !== undefined && daysLeft < batteryLowDays
      this.#doubt(device, 'battery-low', undefined, isLow, this.#time.now, position)
    }
  }

  #apply(change: RegistryChange): void {
    this.#props.registry.apply(change)
    this.#resolved = []
    this.#isServedStale = true
    if (change.kind === 'device-removed') {
      this.#devices.delete(change.id)
    } else if (change.kind === 'device') {
      const known = this.#devices.get(change.device.id)
      if (!known) return
      // Another profile may state another interval.
      this.#devices.set(known.id, this.#newDevice(known.id, known.snapshot))
      if (change.device.decommissionedAt === undefined) return
      const device = this.#deviceOf(known.id) ?? known
      for (const { kind, metric } of known.open.values()) this.#end(device, kind, metric)
    }
  }

  #resolve(id: SeriesId): WatchedSeries | undefined {
    const definition = this.#props.seriesOf(id)
    const device = definition && this.#deviceOf(definition.device)
    if (!device) return undefined
    const series = device.series.get(definition.metric) ?? newSeries(definition.metric)
    device.series.set(definition.metric, series)
    const metric = this.#metricOf(device.id, definition.metric)
    const found = { device, series, metric, isChecked: metric !== undefined && isChecked(metric) }
    this.#resolved[id] = found
    return found
  }

  #metricOf(device: string, name: string): Metric | undefined {
    const profile = this.#props.profiles.get(this.#props.registry.devices.get(device)?.profile ?? '')
    return profile?.metrics.find(metric => metric.name === name) ?? this.#props.metrics.get(name)
  }

  #deviceOf(id: string): DeviceRecord | undefined {
    const known = this.#devices.get(id)
    if (known || !this.#props.registry.devices.has(id)) return known
    const device = this.#newDevice(id)
    this.#devices.set(id, device)
    return device
  }

  #newDevice(id: string, kept?: DeviceSnapshot): DeviceRecord {
    const { profile = '', hardware = id } = this.#props.registry.devices.get(id) ?? {}
    const intervalS = this.#props.profiles.get(profile)?.profile.intervalS
    return new DeviceRecord({ id, hardware }, intervalS === undefined ? undefined : intervalS * 1000, kept)
  }

  #gatewayOf(id: string): GatewayRecord | undefined {
    const known = this.#gateways.get(id)
    if (known || (this.#gateways.size >= mostGateways && !this.#props.registry.gateways.has(id))) return known
    const gateway = new GatewayRecord(id)
    this.#gateways.set(id, gateway)
    return gateway
  }
}
