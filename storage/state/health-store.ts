import type { HealthEvent, HealthEventKind } from '../../model/health.ts'
import type { Position } from '../../model/position.ts'

/** A thing whose state is kept, for example `device:tram-1`, and its state as JSON; `null`: nothing is kept of it any more. */
export type KeptState = readonly (readonly [thing: string, body: string | null])[]

export interface HealthEventQuery {
  readonly limit: number
  /** Only events that come after the one of this id, for paging. */
  readonly after?: string | undefined
  readonly device?: string | undefined
  readonly gateway?: string | undefined
  readonly kind?: HealthEventKind | undefined
  /** Only those that go on. */
  readonly isOpen?: boolean | undefined
  /** Only events of these things; all where left out. */
  readonly devices?: readonly string[] | undefined
  readonly gateways?: readonly string[] | undefined
}

/** What is known of the health of devices and gateways, and its history. Throws `SEN_STATE_FAILED`. */
export interface HealthStore {
  /** Adds events, or replaces those that have grown or ended. Keeps the newest 50,000. */
  addEvents(events: readonly HealthEvent[]): Promise<void>
  /** Removes the events of these devices up to and with a position: the device was removed there. */
  forgetDevices(removed: readonly { readonly device: string; readonly position: Position }[]): Promise<void>
  /** Newest first. */
  events(query: HealthEventQuery): Promise<readonly HealthEvent[]>
  /** Replaces the states of these things and moves the position that they stand for, in one transaction. */
  keep(states: KeptState, position: Position): Promise<void>
  /** Every state, and the position of the last `keep`; 0 if there was none. */
  kept(): Promise<{ readonly states: KeptState; readonly position: Position }>
}
