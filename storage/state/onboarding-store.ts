import type { AuditEntry } from '../../model/audit.ts'
import type { Position } from '../../model/position.ts'
import type { RegistryChange } from '../../model/registry.ts'

/** A device that was heard and that nobody has registered (or had not, when it was heard). */
export interface UnclaimedDevice {
  /** DevEUI of a LoRaWAN device, else the id that its topic names. */
  readonly id: string
  /** Who brought it the last time: `connector:<name>`, `site:<site>`, a token. */
  readonly credential: string
  readonly topic: string
  /** Site that its topic names. */
  readonly site: string | undefined
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  /** Messages, as long as it is remembered. */
  readonly count: number
  readonly lastPosition: Position
  /** Somebody has said that it is not ours. */
  readonly refused: { readonly at: number; readonly by: string } | undefined
}

/** What a network server's API needs to be used; the key is sealed with the key file. */
export interface NetworkServerAccess {
  /** Name of the connector that brings this server's events. */
  readonly connector: string
  readonly kind: 'chirpstack' | 'tts'
  readonly url: string
  readonly sealedKey: string
  /** What the server wants to know of each new device, as its kind has it. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly changedAt: number
}

/** A device that Sen has made at a network server, so that it can take it away again. */
export interface NetworkRegistration {
  readonly hardware: string
  readonly connector: string
  readonly at: number
}

/** A verdict on an installed device, as it was given. */
export interface AcceptanceRecord {
  readonly id: number
  readonly device: string
  readonly at: number
  /** As the audit log names the author. */
  readonly author: string
  readonly authorName: string
  readonly isPassed: boolean
  /** The facts and each criterion's result: what the sheet shows. */
  readonly findings: unknown
}

/** A change of one device as the registry's history has it. */
export interface DeviceChange {
  readonly id: number
  /** ms since the epoch, UTC. */
  readonly at: number
  /** Where in the raw log it took effect; `undefined`: not yet. */
  readonly position: Position | undefined
  readonly change: RegistryChange
}

/**
 * What onboarding keeps beside the registry: who was heard and not known, the APIs of network servers, verdicts. In the
 * same database as `StateStore`, whose `quarantine` fills the list of unclaimed devices. Throws `SEN_STATE_FAILED`.
 */
export interface OnboardingStore {
  /**
   * Devices heard and not known when they were heard, of these ids or all; the most recently heard first. At most
   * `unclaimedKept`, and the refused ones.
   */
  unclaimed(ids?: readonly string[]): Promise<readonly UnclaimedDevice[]>
  /** The newest payload of each that has one, by id. */
  samples(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Says whether somebody refused it. @returns whether it is known here. */
  refuse(id: string, refused: UnclaimedDevice['refused'], audit: AuditEntry): Promise<boolean>

  networkServers(): Promise<readonly NetworkServerAccess[]>
  setNetworkServer(access: NetworkServerAccess, audit: AuditEntry): Promise<void>
  /** @returns whether it was there. */
  removeNetworkServer(connector: string, audit: AuditEntry): Promise<boolean>
  registrations(hardware: readonly string[]): Promise<readonly NetworkRegistration[]>
  addRegistration(registration: NetworkRegistration): Promise<void>
  removeRegistration(hardware: string): Promise<void>

  /** @returns the record's number. */
  addAcceptance(record: Omit<AcceptanceRecord, 'id'>, audit: AuditEntry): Promise<number>
  /** The newest verdict of each device, by device. */
  acceptances(devices: readonly string[]): Promise<readonly AcceptanceRecord[]>

  /** Every change of the device that the registry's history has, oldest first. */
  deviceChanges(id: string): Promise<readonly DeviceChange[]>
}
