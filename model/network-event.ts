import type { Position } from './position.ts'

/** A gateway that heard a frame. */
export interface Reception {
  /** The gateway's EUI in lower case; '' where the network server does not say. */
  readonly gateway: string
  /** dBm. */
  readonly rssi: number
  /** dB. */
  readonly snr: number
}

interface Origin {
  /** Raw position of the message that told of it. */
  readonly at: Position
  /** When Sen received that message, ms since the epoch. */
  readonly receivedAt: number
}

interface OfDevice extends Origin {
  /** Device id, registered or not. */
  readonly device: string
}

/** A frame that was heard: who heard it, and its number, by which missing ones are known. */
export interface UplinkEvent extends OfDevice {
  readonly kind: 'uplink'
  /** The device's address: another one after each join. */
  readonly session: string
  /** Frame counter: 32 bits, or 16 where the network server knows no more. */
  readonly counter: number
  /** LoRa spreading factor, 5 to 12; `undefined` for other modulations. */
  readonly spreadingFactor: number | undefined
  readonly receptions: readonly Reception[]
}

/** The device joined: counters begin anew. */
export interface JoinEvent extends OfDevice {
  readonly kind: 'join'
  /** Its new address; `undefined` where the network server does not say. */
  readonly session: string | undefined
}

/**
 * What became of a downlink, in the order in which it happens: `queued` (The Things Stack), `sent` (a gateway took it for
 * transmission, which is no proof of reception), `acked` or `nacked` (confirmed downlinks alone), `failed`.
 */
export interface DownlinkEvent extends Origin {
  readonly kind: 'downlink'
  /** `undefined` where the network server names the device by its own word only. */
  readonly device: string | undefined
  readonly state: 'queued' | 'sent' | 'acked' | 'nacked' | 'failed'
  /** ChirpStack's queue item, or the correlation id that Sen gave (`sen:…`); `undefined` for a downlink of somebody else. */
  readonly item: string | undefined
  /** Frame counter of the downlink, where it has one. */
  readonly counter: number | undefined
  /** The gateway that sent it. */
  readonly gateway: string | undefined
  /** Why it failed, cut to 200 characters. */
  readonly detail: string | undefined
}

/** What the network server writes into the device's log: a codec's error, a frame with an old counter, a bad signature. */
export interface LogEvent extends OfDevice {
  readonly kind: 'log'
  readonly level: 'info' | 'warning' | 'error'
  /** The network server's own word, for example `UPLINK_F_CNT_RETRANSMISSION`. */
  readonly code: string
  /** Cut to 200 characters. */
  readonly detail: string
}

/** What a device says of its battery and of how well it hears: DevStatusAns (LoRaWAN 1.0.4, 5.5), or `status` on MQTT. */
export interface StatusEvent extends OfDevice {
  readonly kind: 'status'
  /** Signal-to-noise ratio of the last DevStatusReq that the device heard, dB, -32 to 31. */
  readonly margin: number | undefined
  /** %; `undefined` where the device cannot say, or has none. */
  readonly battery: number | undefined
  readonly isExternallyPowered: boolean
  /** Whether the device says, or its will said for it, that it is connected; `undefined` where it speaks of other things. */
  readonly isOnline: boolean | undefined
  readonly firmware: string | undefined
}

/** Where a network server's resolver, or the device, places it. */
export interface LocationEvent extends OfDevice {
  readonly kind: 'location'
  readonly latitude: number
  readonly longitude: number
  /** m; `undefined` where it is not said. */
  readonly accuracy: number | undefined
}

/** What another service of the network server says of the device. Nothing of Sen reads its content. */
export interface IntegrationEvent extends OfDevice {
  readonly kind: 'integration'
  readonly service: string
}

/** What a device answers to a command of `site/{site}/{device}/command`. */
export interface ReplyEvent extends OfDevice {
  readonly kind: 'reply'
  readonly command: string
  readonly isDone: boolean
  readonly detail: string | undefined
}

/** The readings of this message are history that somebody brought in: they say nothing of how the device is now. */
export interface ImportEvent extends OfDevice {
  readonly kind: 'import'
}

/** What a gateway counts in one interval of its own, 30 s unless set otherwise. */
export interface GatewayStatsEvent extends Origin {
  readonly kind: 'gateway-stats'
  readonly gateway: string
  /** Frames heard, those with a wrong checksum included. */
  readonly heard: number
  readonly heardOk: number
  readonly sent: number
  /** How it reaches its network server, where its metadata says. */
  readonly link: GatewayLink | undefined
}

/** Whether the gateway's own connection to its network server stands. */
export interface GatewayConnectionEvent extends Origin {
  readonly kind: 'gateway-connection'
  readonly gateway: string
  readonly isOnline: boolean
}

export type GatewayLink = 'lora-backhaul' | '4g' | 'fibre' | 'satellite'

export type DeviceEvent =
  | UplinkEvent
  | JoinEvent
  | DownlinkEvent
  | LogEvent
  | StatusEvent
  | LocationEvent
  | IntegrationEvent
  | ReplyEvent
  | ImportEvent

export type GatewayEvent = GatewayStatsEvent | GatewayConnectionEvent

/** What a message says besides readings. Events travel in the batch of their message, in the order of the raw log. */
export type NetworkEvent = DeviceEvent | GatewayEvent

type WithoutOrigin<T> = T extends NetworkEvent ? Omit<T, keyof Origin> : never

/** An event as its reader makes it, before it is known where in the log it stands. */
export type UnplacedEvent = WithoutOrigin<NetworkEvent>
