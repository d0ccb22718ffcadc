import type { DeviceHealth, GatewayHealth, HealthEvent, HealthEventKind, Liveness } from '../../model/health.ts'
import type { Position } from '../../model/position.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { DeviceRecord, openKey } from './device-record.ts'
import type { DeviceSnapshot } from './device-record.ts'
import type { FoldTime, HealthChanges, HealthFoldProps, HealthSnapshot } from './fold-state.ts'
import { GatewayRecord } from './gateway-record.ts'
import { KnownProfiles } from './profile-facts.ts'
import { openedEvent } from './opened-event.ts'

/** Strangers' gateways are remembered up to this many. */
const mostGateways = 5_000

/** What a health fold knows: its records, and what of them has changed since it was last told and last kept. */
export class HealthBook {
  readonly registry: RegistrySnapshot
  readonly time: FoldTime
  readonly profiles: KnownProfiles
  readonly devices = new Map<string, DeviceRecord>()
  readonly gateways = new Map<string, GatewayRecord>()
  readonly #events = new Map<string, HealthEvent>()
  /** To be told. */
  readonly changedDevices = new Set<string>()
  readonly changedGateways = new Set<string>()
  /** To be kept. */
  readonly dirtyDevices = new Set<string>()
  readonly dirtyGateways = new Set<string>()
  readonly #removed = new Map<string, Position>()
  readonly #unkept = new Set<string>()
  /** Who is heard by which gateway may have changed. */
  isServedStale = true

  constructor(props: HealthFoldProps) {
    this.registry = props.registry
    this.profiles = new KnownProfiles(props.profiles, props.registry.profiles.values())
    this.time = props.kept ? { ...props.kept.time } : { now: 0, presentSince: 0, evaluated: 0, hour: 0 }
    for (const [id, kept] of props.kept?.devices ?? [])
      if (this.registry.devices.has(id)) this.devices.set(id, this.newDevice(id, kept))
      else this.#unkept.add(id)
    // Whoever marks what is doubted learns what stands, also where a crash came between.
    for (const device of this.devices.values()) if (device.open.size > 0) this.changedDevices.add(device.id)
    for (const id of this.registry.doubts.keys()) this.changedDevices.add(id)
    for (const [id, kept] of props.kept?.gateways ?? []) this.gateways.set(id, new GatewayRecord(id, kept))
  }

  /** Sen was there all the time since. */
  wasPresentSince(at: number): boolean {
    return at >= this.time.presentSince
  }

  /** @returns the record of a registered device, begun if there is none. */
  deviceOf(id: string): DeviceRecord | undefined {
    const known = this.devices.get(id)
    if (known || !this.registry.devices.has(id)) return known
    const device = this.newDevice(id)
    this.devices.set(id, device)
    return device
  }

  /** @returns the gateway's record, begun if there is none; `undefined` for one stranger too many. */
  gatewayOf(id: string): GatewayRecord | undefined {
    const known = this.gateways.get(id)
    if (known || (this.gateways.size >= mostGateways && !this.registry.gateways.has(id))) return known
    const gateway = new GatewayRecord(id)
    this.gateways.set(id, gateway)
    return gateway
  }

  /** Another profile, or another version of it, may state another interval: the record is opened anew with what it knows. */
  reopen(known: DeviceRecord): DeviceRecord {
    const device = this.newDevice(known.id, known.snapshot)
    this.devices.set(known.id, device)
    this.dirtyDevices.add(known.id)
    this.isServedStale = true
    return device
  }

  /** Nothing that is known of it passes on to another of the same id. @param position - of its removal. */
  forget(id: string, position: Position): void {
    this.devices.delete(id)
    this.dirtyDevices.delete(id)
    this.changedDevices.delete(id)
    this.isServedStale = true
    this.#unkept.add(id)
    this.#removed.set(id, position)
    for (const event of this.#events.values()) if (event.device === id) this.#events.delete(event.id)
    const others = (ids: readonly string[]) => ids.filter(one => one !== id)
    for (const gateway of this.gateways.values()) {
      const { outage } = gateway
      if (!outage || ![...outage.silentDevices, ...outage.heardElsewhere].includes(id)) continue
      const [silentDevices, heardElsewhere] = [others(outage.silentDevices), others(outage.heardElsewhere)]
      this.outage(gateway, { ...outage, silentDevices, heardElsewhere })
    }
  }

  /** A record with what the profile says of the device, not yet in the book. */
  newDevice(id: string, kept?: DeviceSnapshot): DeviceRecord {
    const { profile = '', hardware = id } = this.registry.devices.get(id) ?? {}
    const intervalS = this.profiles.get(profile)?.profile.intervalS
    return new DeviceRecord({ id, hardware }, intervalS === undefined ? undefined : intervalS * 1000, kept)
  }

  /** Something is wrong with the device from now on. */
  open(
    device: DeviceRecord,
    kind: HealthEventKind,
    { metric, since, position }: Pick<HealthEvent, 'metric' | 'since' | 'position'>
  ): void {
    const event = openedEvent(kind, { device: device.id, metric, since, position, openedAt: this.time.now })
    device.open.set(openKey(kind, metric), event)
    this.tell(event)
    this.dirtyDevices.add(device.id)
  }

  /** It is so no longer. */
  end(device: DeviceRecord, kind: HealthEventKind, metric?: string): void {
    const key = openKey(kind, metric)
    const event = device.open.get(key)
    if (!event) return
    device.open.delete(key)
    this.tell({ ...event, endedAt: this.time.now })
    this.dirtyDevices.add(device.id)
  }

  /** Opens or ends what is doubted of a series. */
  doubt(
    device: DeviceRecord,
    kind: HealthEventKind,
    metric: string | undefined,
    isSo: boolean,
    since: number,
    position: Position
  ): void {
    const isOpen = device.open.size > 0 && device.open.has(openKey(kind, metric))
    if (isSo === isOpen) return
    if (isSo) this.open(device, kind, { metric, since, position })
    else this.end(device, kind, metric)
    this.changedDevices.add(device.id)
  }

  /** An event opened, grew or ended. */
  tell(event: HealthEvent): void {
    this.#events.set(event.id, event)
  }

  /** The device is in another state. */
  turn(device: DeviceRecord, state: Liveness, at: number): void {
    if (device.state === state) return
    if (device.state === 'never') this.isServedStale = true
    device.state = state
    device.since = at
    this.changedDevices.add(device.id)
    this.dirtyDevices.add(device.id)
  }

  /** The outage of a gateway began or grew. */
  outage(gateway: GatewayRecord, event: HealthEvent): void {
    gateway.outage = event
    this.tell(event)
    this.dirtyGateways.add(gateway.id)
  }

  /** @returns what has become known since the last time. */
  takeChanges(): HealthChanges {
    const devices = [...this.changedDevices].flatMap(id => this.device(id) ?? [])
    const gateways = [...this.changedGateways].flatMap(id => this.gateway(id) ?? [])
    const events = [...this.#events.values()]
    const removed = [...this.#removed].map(([device, position]) => ({ device, position }))
    for (const told of [this.#events, this.changedDevices, this.changedGateways, this.#removed]) told.clear()
    return { events, devices, gateways, removed }
  }

  /** @returns what has changed since the last snapshot; laid over the ones before it is all. */
  takeSnapshot(): HealthSnapshot {
    const snapshot = {
      time: { ...this.time },
      devices: [...this.dirtyDevices].flatMap(id => {
        const device = this.devices.get(id)
        return device ? [[id, device.snapshot] as const] : []
      }),
      gateways: [...this.dirtyGateways].flatMap(id => {
        const gateway = this.gateways.get(id)
        return gateway ? [[id, gateway.snapshot] as const] : []
      }),
      removed: [...this.#unkept].filter(id => !this.devices.has(id))
    }
    this.dirtyDevices.clear()
    this.dirtyGateways.clear()
    this.#unkept.clear()
    return snapshot
  }

  /** @returns `undefined` for a device that is not registered. One never heard is `never`. */
  device(id: string): DeviceHealth | undefined {
    const known = this.devices.get(id)
    if (known) return known.health
    return this.registry.devices.has(id) ? this.newDevice(id).health : undefined
  }

  gateway(id: string): GatewayHealth | undefined {
    const known = this.gateways.get(id)
    if (known) return known.health
    return this.registry.gateways.has(id) ? new GatewayRecord(id).health : undefined
  }

  /** @returns how many registered devices are in each state. */
  counts(): Readonly<Record<Liveness, number>> {
    const counts = { never: 0, online: 0, late: 0, silent: 0 }
    for (const id of this.registry.devices.keys()) counts[this.devices.get(id)?.state ?? 'never']++
    return counts
  }
}
