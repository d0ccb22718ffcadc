import { failpoint } from '../../model/failpoint.ts'
import type { Log } from '../../model/log.ts'
import type { Position } from '../../model/position.ts'
import type { FileSystem } from '../file-system.ts'
import { codeOf, isFull } from '../file-system.ts'
import type { CompressedForm } from './compression.ts'
import { writeCompressedForm } from './compression.ts'
import type { SealedSegment } from './recovery.ts'
import { journalFailed } from './segment-appender.ts'
import { formatVersions, unfinishedPath } from './segment-format.ts'

export interface CompactorProps {
  readonly directory: string
  readonly fileSystem: FileSystem
  readonly frameBytes: number
  readonly log: Log
}

/** Replaces sealed segments by their compressed forms. */
export class Compactor {
  readonly #props: CompactorProps
  readonly #stopping = new AbortController()
  /** Segments that do not become smaller, or cannot be read or written: they stay as they are until the next start. */
  readonly #hopeless = new Set<Position>()

  constructor(props: CompactorProps) {
    this.#props = props
  }

  /** Says whether `replace` may make this segment smaller. */
  mayShrink({ first, header }: SealedSegment): boolean {
    const isPlain = header?.version === formatVersions.plain
    return isPlain && !this.#hopeless.has(first) && !this.#stopping.signal.aborted
  }

  /**
   * Replaces the segment by its compressed form, under the same name and at once: whatever interrupts it leaves one of
   * the two. Who has the segment open reads on in the old form.
   *
   * @returns the segment as it is now: as it was if its compressed form cannot be made or is no smaller. `undefined` if the
   *   disk is full or `stop` was called: a later call may do it.
   * @throws SEN_JOURNAL_FAILED if it cannot be made durable which of the two forms stands there.
   */
  async replace(segment: SealedSegment): Promise<SealedSegment | undefined> {
    failpoint('compaction-begun')
    const form = await this.#written(segment)
    if (form && form.sizeBytes < segment.sizeBytes) return this.#exchange(segment, form)
    await this.#discard(segment)
    if (form) this.#hopeless.add(segment.first)
    return this.#hopeless.has(segment.first) ? segment : undefined
  }

  /** Ends the work under way within a frame's time. */
  stop(): void {
    this.#stopping.abort()
  }

  async #written(segment: SealedSegment): Promise<CompressedForm | undefined> {
    const { signal } = this.#stopping
    try {
      return await writeCompressedForm({ ...this.#props, signal }, segment)
    } catch (cause) {
      if (isFull(cause) || signal.aborted) return undefined
      this.#hopeless.add(segment.first)
      this.#props.log.warn({ file: segment.path, cause }, 'Journal segment not compressed')
      return undefined
    }
  }

  async #exchange(segment: SealedSegment, form: CompressedForm): Promise<SealedSegment> {
    const { directory, fileSystem } = this.#props
    try {
      failpoint('compaction-written')
      await fileSystem.rename(form.path, segment.path)
      failpoint('compaction-renamed')
      await fileSystem.syncDirectory(directory)
    } catch (cause) {
      throw journalFailed('replace', segment.path, cause)
    }
    return { ...segment, header: form.header, sizeBytes: form.sizeBytes }
  }

  /** What cannot be removed is removed by the next start. */
  async #discard({ path }: SealedSegment): Promise<void> {
    await this.#props.fileSystem.remove(unfinishedPath(path)).catch((cause: unknown) => {
      if (codeOf(cause) !== 'ENOENT') this.#props.log.warn({ file: path, cause }, 'Unfinished segment not removed')
    })
  }
}
