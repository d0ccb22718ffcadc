import { DeviceQuota } from '../device-quota.ts'
import type { Allowance } from '../device-quota.ts'
import type { Offenders } from './offenders.ts'

/** How much one connector may bring. */
export interface ConnectorLimits {
  /** Messages a second, sustained. */
  readonly perSecond: number
  /** Bytes of payload a second, sustained. */
  readonly bytesPerSecond: number
  /** Devices that nobody registered and that were not seen before, an hour. */
  readonly newDevicesPerHour: number
}

export interface ConnectorGuardProps {
  readonly name: string
  readonly limits: ConnectorLimits
  /** What each device may send, by whatever door. */
  readonly devices: DeviceQuota
  readonly isRegistered: (device: string) => boolean
  readonly offenders: Offenders
}

/** Whether a message may come in now. */
export interface Verdict {
  /** 0 if it may, else how long it is too early, ms. */
  readonly waitMs: number
  /** Only its device sends too much, not the connector. */
  readonly isDevice: boolean
}

/** Beyond its rate a connector may bring what it saved up for so long, s: a broker that was away for a while. */
const burstS = 10
/** Names remembered as seen; who was first is forgotten first. */
const mostNames = 10_000

/**
 * Says whether a message of a connector may come in now: by the quota of its device where the topic names one, by that of
 * the connector, and by how many devices that nobody knows it may name. Pure but for what it remembers.
 */
export class ConnectorGuard {
  readonly #props: ConnectorGuardProps
  readonly #messages: DeviceQuota
  readonly #names: DeviceQuota
  readonly #seen = new Set<string>()
  #ofMessages: Allowance | undefined
  #ofNames: Allowance | undefined

  constructor(props: ConnectorGuardProps) {
    this.#props = props
    const { perSecond, bytesPerSecond, newDevicesPerHour } = props.limits
    const { offenders } = props
    this.#messages = new DeviceQuota({ perSecond, bytesPerSecond, burst: perSecond * burstS }, (holder, what) => {
      offenders.note(holder, 'rate', what)
    })
    this.#names = new DeviceQuota({ perSecond: newDevicesPerHour / 3600, burst: newDevicesPerHour }, (holder, what) => {
      offenders.note(holder, 'new-devices', what)
    })
  }

  /**
   * @param device - that the message names, as far as can be told without reading its payload.
   * @param now - ms that never run back.
   * @param isOwed - it will be kept, and who sent it is to wait before it is read on.
   */
  take(
    device: string | undefined,
    sizeBytes: number,
    { now, isOwed }: { readonly now: number; readonly isOwed: boolean }
  ): Verdict {
    const { devices, isRegistered } = this.#props
    this.#ofMessages ??= this.#messages.allowanceOf(`connector:${this.#props.name}`, now)
    const ownMs = this.#messages.take(this.#ofMessages, now, isOwed, sizeBytes)
    if (device === undefined || (ownMs > 0 && !isOwed)) return { waitMs: ownMs, isDevice: false }
    const deviceMs = isRegistered(device)
      ? devices.take(devices.allowanceOf(device, now), now, isOwed, sizeBytes)
      : this.#nameMs(device, now, isOwed)
    return { waitMs: Math.max(ownMs, deviceMs), isDevice: ownMs === 0 && deviceMs > 0 }
  }

  #nameMs(device: string, now: number, isOwed: boolean): number {
    if (this.#seen.has(device)) return 0
    this.#ofNames ??= this.#names.allowanceOf(`connector:${this.#props.name}`, now)
    const waitMs = this.#names.take(this.#ofNames, now, isOwed)
    if (waitMs > 0 && !isOwed) return waitMs
    if (this.#seen.size >= mostNames) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    this.#seen.add(device)
    return waitMs
  }
}
