import type { Roster } from '../../alarms/escalation/situation.ts'
import type { Medium } from '../../alarms/notify/channel.ts'
import type { NoticeStore, PushSubscription, StoredRecipient } from '../../storage/state/notice-store.ts'

const dayMs = 86_400_000
/** So long a wrong number is tried after all others. */
const badForMs = 30 * dayMs
const loud: ReadonlySet<Medium> = new Set(['sms', 'voice', 'machine'])

/** Who can be told, as it was read last. */
export interface ReadRoster extends Roster {
  readonly all: ReadonlyMap<string, StoredRecipient>
  readonly pushes: ReadonlyMap<string, readonly PushSubscription[]>
}

const nobody: ReadRoster = {
  ...{ recipients: new Map(), policies: [], rotas: new Map(), channels: new Map(), bad: new Set() },
  ...{ all: new Map(), pushes: new Map() }
}

/** Recipients, policies, rotas and channels in memory: read anew when one has changed. */
export class RosterBook {
  readonly #store: NoticeStore
  readonly #mediumOf: (channel: string) => Medium | undefined
  #roster = nobody
  #isStale = true

  /** @param mediumOf - of a channel that is in use; `undefined`: it is not. */
  constructor(store: NoticeStore, mediumOf: (channel: string) => Medium | undefined) {
    this.#store = store
    this.#mediumOf = mediumOf
  }

  /** Something has changed. */
  forget(): void {
    this.#isStale = true
  }

  /** @param now - ms since the epoch. */
  async read(now: number): Promise<ReadRoster> {
    if (!this.#isStale) return this.#roster
    this.#isStale = false
    try {
      this.#roster = await this.#load(now)
    } catch (error) {
      this.#isStale = true
      throw error
    }
    return this.#roster
  }

  async #load(now: number): Promise<ReadRoster> {
    const store = this.#store
    const [recipients, policies, rotas, channels, bad, pushes] = await Promise.all([
      ...([store.recipients(), store.policies(), store.rotas(), store.channels()] as const),
      ...([store.badContacts(now - badForMs), store.pushes()] as const)
    ])
    const usable = channels.flatMap(({ id }) => {
      const medium = this.#mediumOf(id)
      return medium === undefined ? [] : [[id, { id, isLoud: loud.has(medium) }] as const]
    })
    return {
      recipients: new Map(recipients.filter(({ isActive }) => isActive).map(one => [one.id, one])),
      policies,
      rotas: new Map(rotas.map(one => [one.id, one])),
      channels: new Map(usable),
      bad: new Set(bad),
      all: new Map(recipients.map(one => [one.id, one])),
      pushes: Map.groupBy(pushes, ({ recipient }) => recipient)
    }
  }
}
