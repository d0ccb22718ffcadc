import type { GatewayHealth, HealthEvent, Liveness } from '../../model/health.ts'
import type { GatewayConnectionEvent, GatewayLink, GatewayStatsEvent } from '../../model/network-event.ts'
import { Rhythm } from './rhythm.ts'
import type { Patience, RhythmState } from './rhythm.ts'

/** From so many stats on a gateway is judged by them; they come evenly, frames do not. */
const enoughStats = 5
/** With fewer devices, that nothing is heard says more of the device. */
const enoughDevices = 3

/** As a gateway is kept between starts. */
export interface GatewaySnapshot {
  readonly state: Liveness
  readonly since: number
  readonly lastSeenAt: number
  readonly statsAt: number
  readonly statsCount: number
  readonly offlineAt: number
  readonly upSince: number
  readonly devices: number
  readonly link?: GatewayLink | undefined
  readonly stats: RhythmState
  readonly frames: RhythmState
  readonly outage?: HealthEvent | undefined
}

/** All that is remembered of one gateway. */
export class GatewayRecord {
  readonly id: string
  readonly stats: Rhythm
  readonly frames: Rhythm
  state: Liveness = 'never'
  since = 0
  lastSeenAt = 0
  statsAt = 0
  statsCount = 0
  /** When its connection was said to be lost; 0 while it stands. */
  offlineAt = 0
  /** When its last outage ended: its devices are waited for anew from there. */
  upSince = 0
  /** Devices heard mostly through it. */
  devices = 0
  link: GatewayLink | undefined
  outage: HealthEvent | undefined

  constructor(id: string, kept?: GatewaySnapshot) {
    this.id = id
    this.stats = new Rhythm(undefined, kept?.stats)
    this.frames = new Rhythm(undefined, kept?.frames)
    if (!kept) return
    const { stats: _, frames: __, ...rest } = kept
    Object.assign(this, rest)
  }

  /** @param isCounted - the gap before is its own: Sen was there all the time. */
  statsCame({ receivedAt: at, link }: GatewayStatsEvent, isCounted: boolean): void {
    this.link = link ?? this.link
    this.offlineAt = 0
    if (this.statsCount > 0 && isCounted) this.stats.arrived(at - this.statsAt)
    this.statsCount = Math.min(this.statsCount + 1, enoughStats)
    this.statsAt = at
    this.lastSeenAt = at
  }

  connectionIs({ isOnline, receivedAt }: GatewayConnectionEvent): void {
    if (isOnline) this.lastSeenAt = Math.max(this.lastSeenAt, receivedAt)
    if (isOnline) this.offlineAt = 0
    else if (this.offlineAt === 0) this.offlineAt = receivedAt
  }

  frameCame(at: number, isCounted: boolean): void {
    if (this.lastSeenAt > 0 && isCounted) this.frames.arrived(at - this.lastSeenAt)
    this.lastSeenAt = at
  }

  /** How long it may keep quiet; `undefined` where that says nothing of it. */
  get patience(): Patience | undefined {
    if (this.statsCount >= enoughStats) return this.stats.patience(undefined)
    const patience = this.devices >= enoughDevices ? this.frames.patience(undefined) : undefined
    return patience?.intervalMs === undefined ? undefined : patience
  }

  get health(): GatewayHealth {
    const { id, state, since, lastSeenAt, link, devices } = this
    return { gateway: id, state, since, lastSeenAt: lastSeenAt === 0 ? undefined : lastSeenAt, link, devices }
  }

  get snapshot(): GatewaySnapshot {
    const { state, since, lastSeenAt, statsAt, statsCount, offlineAt, upSince, devices, link, outage } = this
    return {
      ...{ state, since, lastSeenAt, statsAt, statsCount, offlineAt, upSince, devices, link, outage },
      stats: this.stats.state,
      frames: this.frames.state
    }
  }
}
