import type { BatteryHealth, DeviceHealth, Doubt, HealthEvent, HeardBy, Liveness } from '../../model/health.ts'
import type { Reception } from '../../model/network-event.ts'
import { demodulationFloorDb } from '../../model/demodulation.ts'
import { batteryDaysLeft } from './battery-forecast.ts'
import type { BatteryState } from './battery-forecast.ts'
import type { ClockState } from './clock-check.ts'
import type { DriftState } from './drift-check.ts'
import { joined, lossOf, noFrames } from './frame-loss.ts'
import type { FrameLossState } from './frame-loss.ts'
import { Rhythm } from './rhythm.ts'
import type { Patience, RhythmState } from './rhythm.ts'
import type { ValueCheckState } from './value-check.ts'

/** Other hardware has another battery, another clock and other sensors; its place and its rhythm stay. */
const ofNewHardware = {
  joinedAt: 0,
  frames: noFrames,
  margin: undefined,
  battery: undefined,
  clock: [],
  clockBehind: undefined
}

/** Gateways remembered for a device. */
const mostGateways = 8
/** Weight of the newest frame in shares and margins: about the last twenty count. */
const weight = 0.1
/** One that has heard less than this share is no longer told. */
const leastShare = 0.02

/** A series of a device, with what its checks remember. */
export interface SeriesRecord {
  readonly metric: string
  check: ValueCheckState | undefined
  drift: DriftState | undefined
  /** The hour (since the epoch) that is being summed up, and the one before. */
  hour: number
  sum: number
  count: number
  doneHour: number
  doneMean: number
}

export interface HeardRecord extends HeardBy {
  /** Share of frames that it heard best. */
  readonly best: number
}

/** As a device is kept between starts. Numbers only, so that JSON gives back the same. */
export interface DeviceSnapshot {
  readonly state: Liveness
  readonly since: number
  readonly lastSeenAt: number
  /** Absent as long as nobody had asked for it. */
  readonly hardware?: string
  readonly joinedAt?: number
  readonly heardBefore?: number
  readonly isOffline: boolean
  readonly behind?: string | undefined
  readonly rhythm: RhythmState
  readonly frames: FrameLossState
  readonly margin?: number | undefined
  readonly gateways: readonly HeardRecord[]
  readonly battery?: BatteryState | undefined
  readonly isExternallyPowered: boolean
  readonly clock: ClockState
  /** `null`: its times are not believable at all. */
  readonly clockBehind?: number | null | undefined
  readonly open: readonly HealthEvent[]
  readonly series: readonly SeriesRecord[]
}

/** All that is remembered of one device. */
export class DeviceRecord {
  readonly id: string
  /** The radio that speaks for it. */
  readonly hardware: string
  readonly rhythm: Rhythm
  state: Liveness = 'never'
  since = 0
  /** Receive time of its last sign of life; 0 if there was none. */
  lastSeenAt = 0
  /** Receive time of this hardware's newest join; 0 if there was none. */
  joinedAt = 0
  /** `lastSeenAt` when this hardware came; 0 if it is the first, -1 if that was heard before it was registered. */
  heardBefore = 0
  isOffline = false
  /** Until then it cannot be late, unless something comes from it; 0: not known. Not kept. */
  restsUntil = 0
  behind: string | undefined
  frames: FrameLossState = noFrames
  margin: number | undefined
  gateways: readonly HeardRecord[] = []
  battery: BatteryState | undefined
  isExternallyPowered = false
  clock: ClockState = []
  clockBehind: number | null | undefined
  /** What is wrong with it now, by kind and metric. */
  readonly open = new Map<string, HealthEvent>()
  readonly series = new Map<string, SeriesRecord>()

  /** @param statedMs - how often its profile says that it speaks. */
  constructor(
    { id, hardware }: { readonly id: string; readonly hardware: string },
    statedMs: number | undefined,
    kept?: DeviceSnapshot
  ) {
    this.id = id
    this.hardware = hardware
    this.rhythm = new Rhythm(statedMs, kept?.rhythm)
    if (!kept) return
    const { open, series, rhythm: _, hardware: before = hardware, ...rest } = kept
    Object.assign(this, rest, before !== hardware && { ...ofNewHardware, heardBefore: kept.lastSeenAt })
    for (const event of open) this.open.set(openKey(event.kind, event.metric), event)
    if (before === hardware) for (const one of series) this.series.set(one.metric, one)
  }

  get patience(): Patience {
    return this.rhythm.patience(lossOf(this.frames))
  }

  /** The gateway that mostly hears it best; `undefined` for one that is not heard by any. */
  get mainGateway(): string | undefined {
    return this.gateways[0]?.gateway
  }

  /** Its radio has joined: counters begin anew. */
  joined(at: number): void {
    this.frames = joined(this.frames)
    this.joinedAt = at
  }

  /** Takes who heard a frame, and how well. */
  heardBy(receptions: readonly Reception[], spreadingFactor: number | undefined, at: number): void {
    let best: Reception | undefined
    for (const one of receptions) if (!best || one.snr > best.snr) best = one
    if (!best) return
    if (spreadingFactor !== undefined) {
      const margin = best.snr - demodulationFloorDb(spreadingFactor)
      this.margin = this.margin === undefined ? margin : this.margin + weight * (margin - this.margin)
    }
    const named = receptions.filter(({ gateway }) => gateway !== '')
    const ids = new Set([...this.gateways.map(({ gateway }) => gateway), ...named.map(({ gateway }) => gateway)])
    const share = this.gateways.length === 0 ? 1 : weight
    this.gateways = [...ids]
      .map(gateway => {
        const known = this.gateways.find(one => one.gateway === gateway) ?? { share: 0, best: 0, lastAt: 0 }
        const isHeard = named.some(one => one.gateway === gateway)
        return {
          gateway,
          share: known.share + share * (Number(isHeard) - known.share),
          best: known.best + share * (Number(best.gateway === gateway) - known.best),
          lastAt: isHeard ? at : known.lastAt
        }
      })
      .filter(one => one.share >= leastShare)
      .toSorted((a, b) => b.best - a.best || (a.gateway < b.gateway ? -1 : 1))
      .slice(0, mostGateways)
  }

  get health(): DeviceHealth {
    const loss = lossOf(this.frames)
    return {
      device: this.id,
      state: this.state,
      since: this.since,
      lastSeenAt: this.lastSeenAt === 0 ? undefined : this.lastSeenAt,
      joinedAt: this.joinedAt === 0 ? undefined : this.joinedAt,
      isHardwareHeard: this.lastSeenAt > this.heardBefore,
      intervalMs: this.patience.intervalMs,
      behindGateway: this.behind,
      marginDb: this.margin,
      lossPercent: loss === undefined ? undefined : 100 * loss,
      battery: this.#batteryHealth,
      isExternallyPowered: this.isExternallyPowered,
      clockBehindMs: this.clockBehind === null ? Number.NaN : this.clockBehind,
      gateways: this.gateways.map(({ gateway, share, lastAt }) => ({ gateway, share, lastAt })),
      doubts: this.doubts
    }
  }

  get doubts(): readonly Doubt[] {
    return [...this.open.values()].flatMap(({ kind, metric, since }) => {
      const doubt = doubtOf(kind)
      return doubt && metric !== undefined ? { metric, kind: doubt, since } : []
    })
  }

  get snapshot(): DeviceSnapshot {
    const { hardware, joinedAt, heardBefore } = this
    const { state, since, lastSeenAt, isOffline, behind, frames, margin, gateways, battery, clock, clockBehind } = this
    return {
      ...{ state, since, lastSeenAt, isOffline, behind, frames, margin, gateways, battery, clock, clockBehind },
      ...{ hardware, joinedAt, heardBefore },
      rhythm: this.rhythm.state,
      isExternallyPowered: this.isExternallyPowered,
      open: [...this.open.values()],
      series: [...this.series.values()]
    }
  }

  get #batteryHealth(): BatteryHealth | undefined {
    const last = this.battery?.days.at(-1)
    if (!this.battery || !last) return undefined
    return { metric: this.battery.metric, value: last[1], daysLeft: batteryDaysLeft(this.battery) }
  }
}

function doubtOf(kind: HealthEvent['kind']): Doubt['kind'] | undefined {
  if (kind === 'value-stuck') return 'stuck'
  if (kind === 'value-spiking') return 'spiking'
  return kind === 'value-drifting' ? 'drifting' : undefined
}

/** Under what an open event of a device stands: one of each kind, of values one a metric. */
export function openKey(kind: HealthEvent['kind'], metric: string | undefined): string {
  return metric === undefined ? kind : `${kind} ${metric}`
}

export function newSeries(metric: string): SeriesRecord {
  return { metric, check: undefined, drift: undefined, hour: 0, sum: 0, count: 0, doneHour: 0, doneMean: 0 }
}
