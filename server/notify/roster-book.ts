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

/** Recipients, policies, rotas and channels in memory: read anew when one has changed. */
export class RosterBook {
  readonly #store: NoticeStore
  readonly #mediumOf: (channel: string) => Medium | undefined
  #roster: Promise<ReadRoster> | undefined

  /** @param mediumOf - of a channel that is in use; `undefined`: it is not. */
  constructor(store: NoticeStore, mediumOf: (channel: string) => Medium | undefined) {
    this.#store = store
    this.#mediumOf = mediumOf
  }

  /** Something has changed. */
  forget(): void {
    this.#roster = undefined
  }

  /** Whoever asks while it is being read waits for the same. @param now - ms since the epoch. */
  read(now: number): Promise<ReadRoster> {
    this.#roster ??= this.#kept(now)
    return this.#roster
  }

  #kept(now: number): Promise<ReadRoster> {
    const reading: Promise<ReadRoster> = this.#load(now).catch((cause: unknown) => {
      if (this.#roster === reading) this.#roster = undefined
      throw cause
    })
    return reading
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
