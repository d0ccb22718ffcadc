import type { Journal } from '../journal/journal.ts'
import type { Position } from '../model/position.ts'
import { keepDurably } from './api/durable.ts'
import type { Services } from './services.ts'
import type { DerivedMessage } from './threads/derived-messages.ts'

/** The front door for what Sen calculates: its messages go into the raw log as everybody's do, in one append. */
export class DerivedDoor {
  readonly #services: Services
  readonly #raw: Pick<Journal, 'status'>

  constructor(services: Services, raw: Pick<Journal, 'status'>) {
    this.#services = services
    this.#raw = raw
  }

  /**
   * @returns a position at or behind the last of them, once all are durable.
   * @throws SenError as `keepDurably`; some of them may be kept then, and are duplicates when they are appended again.
   */
  async append(messages: readonly DerivedMessage[]): Promise<Position> {
    await Promise.all(messages.map(message => keepDurably(this.#services, message)))
    return this.#raw.status().last
  }
}
