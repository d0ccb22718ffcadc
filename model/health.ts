import type { GatewayLink } from './network-event.ts'

/**
 * How a device or gateway keeps its own rhythm: never heard, on time, later than it usually is, or so late that it cannot be
 * chance; `silent` too when it, or its will, has said that it is offline.
 */
export type Liveness = 'never' | 'online' | 'late' | 'silent'

/** What is doubted of a series: it does not move, throws single values out, or walks away from its neighbours. */
export type DoubtKind = 'stuck' | 'spiking' | 'drifting'

export interface Doubt {
  readonly metric: string
  readonly kind: DoubtKind
  /** ms since the epoch. */
  readonly since: number
}

/** A gateway that heard a device lately. */
export interface HeardBy {
  readonly gateway: string
  /** Share of the device's recent frames that it heard, 0 to 1. */
  readonly share: number
  readonly lastAt: number
}

export interface BatteryHealth {
  readonly metric: 'battery_level' | 'battery_voltage'
  /** In the metric's unit. */
  readonly value: number
  /** Days until it is empty at the pace of the last weeks; `undefined`: not known, there is no clear trend. */
  readonly daysLeft: number | undefined
}

/** What is known of a device's health. Times are ms since the epoch, by receive time. */
export interface DeviceHealth {
  readonly device: string
  readonly state: Liveness
  /** Since when it is in that state. */
  readonly since: number
  readonly lastSeenAt: number | undefined
  /** When its radio has joined a LoRaWAN network last; `undefined`: never, as far as Sen was told. */
  readonly joinedAt: number | undefined
  /** Whether anything was heard of the hardware that speaks for it now. */
  readonly isHardwareHeard: boolean
  /** How often it speaks, ms; `undefined` until that is known. */
  readonly intervalMs: number | undefined
  /** The gateway that is down, if that is why nothing is heard of the device. */
  readonly behindGateway: string | undefined
  /** How far its frames lie above what can be demodulated, dB, over the last frames. */
  readonly marginDb: number | undefined
  /** Frames lost on the air, of its last few hundred, %. */
  readonly lossPercent: number | undefined
  readonly battery: BatteryHealth | undefined
  readonly isExternallyPowered: boolean
  /** How far its clock is behind the server's, ms; `undefined`: right, or it sends no times. */
  readonly clockBehindMs: number | undefined
  readonly gateways: readonly HeardBy[]
  readonly doubts: readonly Doubt[]
}

export interface GatewayHealth {
  readonly gateway: string
  readonly state: Liveness
  readonly since: number
  readonly lastSeenAt: number | undefined
  /** What it says itself; where it says nothing, the registry knows. */
  readonly link: GatewayLink | undefined
  /** Devices that are heard mostly through it. */
  readonly devices: number
}

export type HealthEventKind =
  'device-silent' | 'gateway-down' | 'clock-wrong' | 'battery-low' | 'value-stuck' | 'value-spiking' | 'value-drifting'

/**
 * Something that went wrong with a device or gateway, and when it was over. Its id is the same however often the log is
 * read: what opened it stands at one raw position.
 */
export interface HealthEvent {
  readonly id: string
  readonly kind: HealthEventKind
  /** Raw position of what opened it. */
  readonly position: number
  readonly device: string | undefined
  readonly gateway: string | undefined
  readonly metric: string | undefined
  /** When it was found out, ms since the epoch. */
  readonly openedAt: number
  /** When it began, as far as can be told. */
  readonly since: number
  /** `undefined` while it goes on. */
  readonly endedAt: number | undefined
  /** Of a gateway: devices that fell silent with it, and those that others still hear. Counts only grow. */
  readonly silentDevices: readonly string[]
  readonly heardElsewhere: readonly string[]
}
