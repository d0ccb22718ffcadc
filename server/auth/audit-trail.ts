import type { AuditEntry } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import type { PeopleStore } from '../../storage/state/people-store.ts'

export interface AuditTrailProps {
  readonly store: Pick<PeopleStore, 'audit'>
  readonly clock: Clock
  readonly log: Log
}

/** A line without what the trail knows by itself. */
export type Noted = Omit<AuditEntry, 'at' | 'count'>

/** What is noted waits so long to be written, ms. */
const writeEveryMs = 250
/** The same thing again within this time is counted and becomes one line, ms. */
const togetherMs = 60_000
/** Different things that are counted at once; beyond that they are one line that says so. */
const mostCounted = 5000

interface Counted {
  readonly entry: Noted
  readonly since: number
  more: number
}

/**
 * Notes what nobody waits for: denials and failed tries. A flood of one kind becomes a line a minute with its count, so that
 * it cannot fill the disk. What changes something is not noted here but kept in the change's own transaction.
 */
export class AuditTrail {
  readonly #props: AuditTrailProps
  readonly #counted = new Map<string, Counted>()
  #waiting: AuditEntry[] = []
  #writing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(props: AuditTrailProps) {
    this.#props = props
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#gather(this.#props.clock.now() - togetherMs)
      void this.#write()
    }, writeEveryMs)
  }

  /** Everything noted is written. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#gather(Number.POSITIVE_INFINITY)
    await this.#write()
  }

  /** @param example - stands in the detail of the first line; what differs only by it is counted together. */
  note(entry: Noted, example?: string): void {
    const now = this.#props.clock.now()
    const key = keyOf(entry)
    const counted = this.#counted.get(key)
    if (counted) {
      counted.more++
      return
    }
    if (this.#counted.size >= mostCounted) {
      const rest = { ...entry, author: strangers, object: '', detail: 'too many different ones to list' }
      const restKey = keyOf(rest)
      const together = this.#counted.get(restKey)
      if (together) together.more++
      else this.#counted.set(restKey, { entry: rest, since: now, more: 1 })
      return
    }
    this.#counted.set(key, { entry, since: now, more: 0 })
    const detail = example === undefined ? entry.detail : `${entry.detail}: ${example}`
    this.#waiting.push({ ...entry, detail, at: now, count: 1 })
  }

  /** What has been counted since before then becomes lines. */
  #gather(before: number): void {
    for (const [key, { entry, since, more }] of this.#counted) {
      if (since > before) break
      this.#counted.delete(key)
      if (more > 0) this.#waiting.push({ ...entry, at: this.#props.clock.now(), count: more })
    }
  }

  async #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const entries = this.#waiting
      if (entries.length === 0) return
      this.#waiting = []
      try {
        await this.#props.store.audit(entries)
      } catch (cause) {
        this.#waiting = [...entries, ...this.#waiting]
        this.#props.log.error({ cause, lines: entries.length }, 'Audit log was not written; it is tried again')
      }
    })
    await this.#writing
  }
}

const strangers = { id: 'stranger', name: '', address: '' }

function keyOf({ author, action, object, outcome, detail }: Noted): string {
  return JSON.stringify([author.id, author.address, action, object, outcome, detail])
}
