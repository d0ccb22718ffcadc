import type { Position } from '../../model/position.ts'
import type { FileSystem } from '../file-system.ts'
import type { JournalBatch, JournalReader } from '../journal.ts'
import { JournalHead } from './journal-head.ts'
import { LogCursor } from './log-cursor.ts'
import { SeekIndex } from './seek-index.ts'

export interface FileJournalReaderProps {
  readonly directory: string
  readonly fileSystem: FileSystem
  /** `FileJournal.head`, perhaps of another thread. */
  readonly head: SharedArrayBuffer
  /** Takes a commit to the journal's thread, where it ends in `Journal.commit`. */
  readonly onCommit: (position: Position) => void
}

/**
 * Reads the files of a `FileJournal`, in its thread or in another one: only the head is shared.
 *
 * `read` from `origin` begins at the oldest record there is. It throws SEN_JOURNAL_DAMAGED if it is asked to go on from
 * a position whose followers were removed, or if the disk cannot read a file; damaged records come as `damage`.
 */
export class FileJournalReader implements JournalReader {
  readonly #props: FileJournalReaderProps
  readonly #head: JournalHead
  readonly #index = new SeekIndex()

  constructor(props: FileJournalReaderProps) {
    this.#props = props
    this.#head = new JournalHead(props.head)
  }

  async *read(from: Position, signal: AbortSignal): AsyncGenerator<JournalBatch, void, void> {
    const { directory, fileSystem } = this.#props
    const cursor = new LogCursor({ directory, fileSystem, index: this.#index, from })
    try {
      while (!signal.aborted) {
        const head = this.#head.state()
        const batch = await cursor.next(head)
        if (batch === undefined) await this.#head.changed(head.generation, signal)
        else if (!signal.aborted) yield batch
      }
    } finally {
      await cursor.close()
    }
  }

  commit(position: Position): void {
    this.#props.onCommit(position)
  }
}
