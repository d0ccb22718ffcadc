import type { HealthEvent } from '../../model/health.ts'
import type { GatewayEvent, UplinkEvent } from '../../model/network-event.ts'
import type { Position } from '../../model/position.ts'
import type { DeviceRecord } from './device-record.ts'
import { frameHeard } from './frame-loss.ts'
import type { GatewayRecord } from './gateway-record.ts'
import type { HealthBook } from './health-book.ts'
import { openedEvent } from './opened-event.ts'

/** A gateway's connection may be lost for so long before that is an outage. */
const reconnectMs = 60_000

/** Who is there: signs of life, and the judgement, each few seconds, of who is late or silent and whether a gateway is why. */
export class Presence {
  readonly #book: HealthBook

  constructor(book: HealthBook) {
    this.#book = book
  }

  /** Judges everyone of whom something may have changed by the time alone. @param position - of the tick. */
  judge(at: number, position: Position): void {
    for (const gateway of this.#book.gateways.values()) this.#judgeGateway(gateway, at, position)
    for (const device of this.#book.devices.values()) if (at > device.restsUntil) this.#judge(device, at, position)
    this.#countServed()
  }

  /** Stats or the connection of a gateway. */
  gatewayEvent(event: GatewayEvent): void {
    const gateway = this.#book.gatewayOf(event.gateway)
    if (!gateway) return
    this.#book.dirtyGateways.add(gateway.id)
    if (event.kind === 'gateway-stats') gateway.statsCame(event, this.#book.wasPresentSince(gateway.statsAt))
    else gateway.connectionIs(event)
  }

  /** A frame by radio: who heard it, how well, and which are missing. */
  uplink(device: DeviceRecord, event: UplinkEvent): void {
    const { receivedAt, session, counter } = event
    const main = this.#mainOf(device)
    for (const { gateway: id } of event.receptions) {
      const gateway = id === '' ? undefined : this.#book.gatewayOf(id)
      if (!gateway) continue
      gateway.frameCame(receivedAt, this.#book.wasPresentSince(gateway.lastSeenAt))
      this.#book.dirtyGateways.add(gateway.id)
    }
    const isOutage = main !== undefined && (main.outage !== undefined || main.upSince > device.lastSeenAt)
    if (main?.outage && !event.receptions.some(one => one.gateway === main.id)) this.#heardElsewhere(main, device.id)
    device.frames = frameHeard(device.frames, { session, counter, isOutage })
    const heardBefore = device.mainGateway
    device.heardBy(event.receptions, event.spreadingFactor, receivedAt)
    if (device.mainGateway !== heardBefore) this.#book.isServedStale = true
    this.seen(device, receivedAt)
  }

  /** A sign of life. Several of one moment are one. */
  seen(device: DeviceRecord, at: number): void {
    const gap = at - device.lastSeenAt
    if (device.lastSeenAt > 0 && gap > 0 && this.#book.wasPresentSince(device.lastSeenAt)) {
      const main = this.#mainOf(device)
      // What a gateway swallowed is not the device's rhythm.
      if (!(main && (main.outage ?? main.upSince > device.lastSeenAt))) device.rhythm.arrived(gap)
    }
    device.lastSeenAt = Math.max(device.lastSeenAt, at)
    device.isOffline = false
    if (device.state === 'online') return
    device.behind = undefined
    this.#book.end(device, 'device-silent')
    this.#book.turn(device, 'online', at)
  }

  /** So long away that it cannot be chance, or it said so. */
  silent(device: DeviceRecord, at: number, position: Position): void {
    if (!device.open.has('device-silent'))
      this.#book.open(device, 'device-silent', { metric: undefined, since: device.lastSeenAt || at, position })
    device.behind = undefined
    this.#book.turn(device, 'silent', at)
  }

  /** The gateway that mostly hears it. */
  #mainOf({ mainGateway }: DeviceRecord): GatewayRecord | undefined {
    return mainGateway === undefined ? undefined : this.#book.gateways.get(mainGateway)
  }

  #heardElsewhere(gateway: GatewayRecord, device: string): void {
    const { outage } = gateway
    if (!outage || outage.heardElsewhere.includes(device)) return
    this.#book.outage(gateway, { ...outage, heardElsewhere: [...outage.heardElsewhere, device] })
  }

  /** Devices by the gateway that mostly hears them. */
  #countServed(): void {
    if (!this.#book.isServedStale) return
    this.#book.isServedStale = false
    const served = new Map<string, number>()
    for (const { mainGateway, state } of this.#book.devices.values())
      if (mainGateway !== undefined && state !== 'never') served.set(mainGateway, (served.get(mainGateway) ?? 0) + 1)
    for (const gateway of this.#book.gateways.values()) {
      const devices = served.get(gateway.id) ?? 0
      if (devices === gateway.devices) continue
      gateway.devices = devices
      this.#book.dirtyGateways.add(gateway.id)
    }
  }

  #judgeGateway(gateway: GatewayRecord, now: number, position: Position): void {
    const quiet = now - Math.max(gateway.lastSeenAt, this.#book.time.presentSince)
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
      this.#book.changedGateways.add(gateway.id)
      this.#book.dirtyGateways.add(gateway.id)
    }
    if (isSilent && !gateway.outage) {
      const since = isCut ? gateway.offlineAt : gateway.lastSeenAt
      this.#book.outage(gateway, openedEvent('gateway-down', { gateway: gateway.id, since, position, openedAt: now }))
    } else if (gateway.outage && state === 'online') {
      this.#book.tell({ ...gateway.outage, endedAt: now })
      gateway.outage = undefined
      gateway.upSince = now
      this.#book.dirtyGateways.add(gateway.id)
    }
  }

  #judge(device: DeviceRecord, now: number, position: Position): void {
    if (device.lastSeenAt === 0 || device.isOffline || device.open.has('device-silent')) return
    if (this.#book.registry.devices.get(device.id)?.decommissionedAt !== undefined) return
    const main = this.#mainOf(device)
    const waitsFrom = Math.max(device.lastSeenAt, this.#book.time.presentSince, main?.upSince ?? 0)
    const quiet = now - waitsFrom
    const { lateMs, silentMs } = device.patience
    if (quiet <= lateMs) {
      if (device.behind === undefined) device.restsUntil = waitsFrom + lateMs
      if (device.behind !== undefined && !main?.outage) {
        device.behind = undefined
        this.#book.turn(device, 'late', now)
      }
      return
    }
    if (main?.outage) return this.#behind(device, main, main.outage, now)
    // Its gateway has said nothing since either: that is for the gateway to explain.
    const isGatewayQuiet = main !== undefined && main.patience !== undefined && main.lastSeenAt <= device.lastSeenAt
    if (quiet <= silentMs || isGatewayQuiet) return this.#book.turn(device, 'late', now)
    this.silent(device, now, position)
  }

  /** Silent, and the gateway is why: it is told in the gateway's event. */
  #behind(device: DeviceRecord, gateway: GatewayRecord, outage: HealthEvent, now: number): void {
    if (device.behind === gateway.id) return
    device.behind = gateway.id
    this.#book.turn(device, 'silent', now)
    this.#book.changedDevices.add(device.id)
    if (outage.silentDevices.includes(device.id)) return
    const silentDevices = [...outage.silentDevices, device.id]
    const heardElsewhere = outage.heardElsewhere.filter(id => id !== device.id)
    this.#book.outage(gateway, { ...outage, silentDevices, heardElsewhere })
  }
}
