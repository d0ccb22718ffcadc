/** Who did something, as the audit log names them. */
export interface Author {
  /** `person:<id>`, `token:<id>`, `display:<id>`, `local` (the machine's administrator), `system`, `stranger`. */
  readonly id: string
  /** The name at that time: it stays readable when the person is gone. */
  readonly name: string
  /** Address of the caller; empty for the machine itself. */
  readonly address: string
}

/** Sen itself: what no person asked for. */
export const systemAuthor: Author = { id: 'system', name: 'Sen', address: '' }

/** How it ended: it was done; it was refused; it was tried and failed (a wrong password). */
export type AuditOutcome = 'done' | 'denied' | 'failed'

/** One line of the audit log, before it is kept. Secrets never stand in it. */
export interface AuditEntry {
  /** ms since the epoch, UTC. */
  readonly at: number
  readonly author: Author
  /** What was done, `<thing>.<verb>`: `session.open`, `device.add`, `person.grant`. */
  readonly action: string
  /** On what: `device:lua-01`, `person:12`; empty where the action says all. */
  readonly object: string
  /** To whom the object belongs, so that an auditor of a subtree sees it; the root where it belongs to nobody else. */
  readonly organisation: string
  readonly outcome: AuditOutcome
  /** In one line, for people. */
  readonly detail: string
  /** The object's value before and after, where the action changed one. */
  readonly before?: unknown
  readonly after?: unknown
  /** How often it happened, where many of one kind are one line. */
  readonly count: number
}

/** A line as it is kept: numbered, and chained to the one before it. */
export interface AuditRecord extends AuditEntry {
  readonly id: number
}

/** What the reader of the log may ask for; all that are given must hold. Times in ms. */
export interface AuditQuery {
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly actor?: string | undefined
  /** An action, or the first part of several: `device` finds `device.add`. */
  readonly action?: string | undefined
  readonly object?: string | undefined
  readonly outcome?: AuditOutcome | undefined
  /** Only of these organisations; of all where left out. */
  readonly organisations?: readonly string[] | undefined
  /** Only lines with a lower id (older ones), for paging. */
  readonly before?: number | undefined
  readonly limit: number
}

/** What a check of the whole chain found. */
export interface AuditVerdict {
  readonly lines: number
  /** The first and the last id that are there. */
  readonly first: number
  readonly last: number
  /** What is wrong, in words, each with the id of the line; empty where nothing is. */
  readonly faults: readonly string[]
}
