import type { Position } from '../model/position.ts'
import type { RedecodePart } from '../model/redecode.ts'
import type { RegistryChange } from '../model/registry.ts'

/** The door a message came in by; `manual`: a person entered it; `import`: rows of an old logger's file; `derived`: Sen calculated it. */
export type Door = 'mqtt' | 'http' | 'chirpstack' | 'manual' | 'tts' | 'broker' | 'webhook' | 'import' | 'derived'

/** A message as it arrived, whatever it holds. */
export interface MessageRecord {
  readonly kind: 'message'
  readonly door: Door
  /** Id of the credential or connector that brought it, for example `device:lua-01` or `connector:cs-main`. */
  readonly credential: string
  /** The MQTT topic; for HTTP the topic the same message would have over MQTT. */
  readonly topic: string
  readonly payload: Uint8Array
  /** ms since the epoch, UTC. The journal lifts it to that of the record before it: it never runs back in a log. */
  readonly receivedAt: number
  readonly qos: 0 | 1 | 2
  readonly dup: boolean
  readonly retain: boolean
  readonly clientId: string
  /** Number of the connection in this process's life; with `packetId` it tells a DUP resend of one connection. */
  readonly connection: number
  /** MQTT packet id, 0 where there is none. */
  readonly packetId: number
}

/** A change that takes effect at its place in the log. `outboxId` names the state store's outbox row it came from. */
export interface ControlRecord {
  readonly kind: 'control'
  readonly receivedAt: number
  readonly outboxId: number
  readonly change: RegistryChange
}

/** Here a stretch of the log before it is decoded again. */
export interface RedecodeRecord {
  readonly kind: 'redecode'
  readonly receivedAt: number
  readonly part: RedecodePart
}

/** Once a second: receive time passes, and what was written before is known to be synced. */
export interface TickRecord {
  readonly kind: 'tick'
  readonly receivedAt: number
}

/** A reading batch of the `readings` log (see `model/reading-batch-format.ts`). Carries its own (raw) position. */
export interface BatchRecord {
  readonly kind: 'batch'
  readonly receivedAt: number
  readonly position: Position
  readonly body: Uint8Array
}

export type JournalRecord = MessageRecord | ControlRecord | RedecodeRecord | TickRecord | BatchRecord

/** A record as it stands in the log. Payloads and bodies are views that stay valid and must not be written to. */
export type StoredRecord = JournalRecord & { readonly position: Position }

/** Records in order, without a gap unless `damage` says so. */
export interface JournalBatch {
  readonly records: readonly StoredRecord[]
  /** Set where records could not be read: they are named, never returned as data. Comes before `records`. */
  readonly damage: Damage | undefined
}

/** A stretch of a log whose checksum fails. `from` and `to` are the positions lost, both inclusive. */
export interface Damage {
  readonly file: string
  readonly offset: number
  readonly sizeBytes: number
  readonly from: Position
  readonly to: Position
}

/** What recovery found at start. */
export interface Recovery {
  /** Bytes of an unfinished tail that were cut off; none of them was ever acknowledged. */
  readonly cutBytes: number
  readonly cutFile: string | undefined
  readonly cutOffset: number
  readonly damage: readonly Damage[]
}

export interface JournalStatus {
  /** Position of the oldest record still there, or of the next one if the log is empty. */
  readonly first: Position
  /** Position of the newest record a reader may see: synced, for a synced journal. */
  readonly last: Position
  /** `message` records appended since the log began, trimmed ones included. */
  readonly messages: number
  /** Those of them that are removed: what stood before `first`. */
  readonly trimmed: number
  /** What the log takes on the disk, or in memory. */
  readonly sizeBytes: number
  readonly segments: number
  readonly damaged: number
}

/** What of a log is kept: records that came from `keepAfter` on (ms), as far as the log does not take more than `maxBytes`. */
export interface TrimPolicy {
  readonly keepAfter: number
  readonly maxBytes: number
  /** Everything after a position is kept for longer, because somebody has still to read it: by limits of its own. */
  readonly held?: Held | undefined
}

/** What of a log is kept longer than the rest. */
export interface Held {
  readonly after: Position
  readonly keepAfter: number
  readonly maxBytes: number
}

/** How a reader is known to the journal, for trimming. */
export type ReaderName = string

/**
 * Reading side of one partition of a log. May live in another thread than the writer.
 */
export interface JournalReader {
  /**
   * Gives records after `from` in order (from `origin`: from the oldest there is; throws `SEN_JOURNAL_DAMAGED` if records
   * after a later `from` were removed), then waits for more, until `signal` aborts (the iteration then ends quietly).
   * Only what is durable is given (for a synced journal). A batch holds at most about 1 MiB or 4,096 records.
   */
  read(from: Position, signal: AbortSignal): AsyncIterable<JournalBatch>
  /** Says that this reader needs nothing at or before `position` any more. */
  commit(position: Position): void
}

/**
 * A durable ordered log; one writer, any number of readers. One for `raw` (synced), one for `readings` (not synced:
 * after a power loss it is cut back and written again from `raw`).
 *
 * - `append` keeps order: positions rise in the order of calls; the records of one call stand side by side, their positions
 *   one apart. The log copies what it needs before `append` returns
 *   its promise, so buffers may be used again.
 * - The promise resolves after the sync that covers all of the records (synced journal) or after the write (unsynced).
 * - When it rejects, none of the records is acknowledged; some may still turn up after a restart.
 *   `SEN_JOURNAL_FULL`: no room; nothing was kept, later appends may succeed again without a restart.
 *   `SEN_JOURNAL_FAILED`: a write or sync failed in a way that must not be retried; every later append rejects too and
 *   the process must end (Linux drops dirty pages after a failed fsync: a second one would report success).
 * - `batch` records bring their own position, which must be above all before; for the other kinds the journal assigns it.
 */
export interface Journal {
  /** Opens, recovers, and says what it had to do. */
  start(): Promise<Recovery>
  append(records: readonly JournalRecord[]): Promise<Position>
  /** @param name - readers of one name share a place in trimming; the first call registers it. */
  reader(name: ReaderName): JournalReader
  /** The newest record, or `undefined` if the log is empty. */
  last(): Promise<StoredRecord | undefined>
  /** Says for a reader (perhaps of another thread) that it needs nothing at or before `position` any more. */
  commit(reader: ReaderName, position: Position): void
  /**
   * Removes whole sealed segments that every registered reader has committed and that the policy does not keep (by the
   * newest `receivedAt` in the segment), oldest first.
   */
  trim(policy: TrimPolicy): Promise<{ readonly removedBytes: number }>
  /**
   * Stores sealed segments in less room, one after the other, beside all else that goes on; for readers nothing changes.
   * What cannot be done now (no room for it, the log stops) or at all is left as it is.
   *
   * @throws SEN_JOURNAL_FAILED as `append`.
   */
  compact(): Promise<{ readonly savedBytes: number }>
  /** Removes every record and starts again after `position`. For `readings` only, before any reader reads. */
  reset(position: Position): Promise<void>
  status(): JournalStatus
  /** Syncs and closes. Appends under way finish first; later ones reject with `SEN_JOURNAL_CLOSED`. Safe to call twice. */
  stop(): Promise<void>
}
