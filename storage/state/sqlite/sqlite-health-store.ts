import type { HealthEvent } from '../../../model/health.ts'
import type { Position } from '../../../model/position.ts'
import { forgetHealthEvents, healthEvents, keepHealth, keptHealth, putHealthEvents } from '../health.ts'
import type { HealthEventQuery, HealthStore, KeptState } from '../health-store.ts'
import type { StateWork } from './state-work.ts'

/** Health in the database of a `SqliteStateStore`, which opens and closes it (see `HealthStore`). */
export class SqliteHealthStore implements HealthStore {
  readonly #work: StateWork

  constructor(work: StateWork) {
    this.#work = work
  }

  addEvents(events: readonly HealthEvent[]): Promise<void> {
    return this.#work.write('add health events', trx => putHealthEvents(trx, events))
  }

  forgetDevices(removed: readonly { readonly device: string; readonly position: Position }[]): Promise<void> {
    return this.#work.write('forget health events', trx => forgetHealthEvents(trx, removed))
  }

  events(query: HealthEventQuery): Promise<readonly HealthEvent[]> {
    return this.#work.read('list health events', db => healthEvents(db, query))
  }

  keep(states: KeptState, position: Position): Promise<void> {
    return this.#work.write('keep health', trx => keepHealth(trx, states, position))
  }

  kept(): Promise<{ readonly states: KeptState; readonly position: Position }> {
    return this.#work.read('read health', keptHealth)
  }
}
