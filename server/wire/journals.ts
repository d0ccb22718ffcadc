import { join } from 'node:path'
import { FileJournal } from '../../journal/file/file-journal.ts'
import { FileJournalReader } from '../../journal/file/file-journal-reader.ts'
import { nodeFileSystem } from '../../journal/file/node-file-system.ts'
import type { Journal, JournalReader } from '../../journal/journal.ts'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import type { Position } from '../../model/position.ts'
import type { Settings } from '../config.ts'

export function openRawJournal(settings: Settings, clock: Clock, log: Log): FileJournal {
  return new FileJournal({ ...logOf(rawFolder(settings), settings), synced: true, clock, log })
}

export function openReadingsJournal(settings: Settings, clock: Clock, log: Log): FileJournal {
  return new FileJournal({ ...logOf(readingsFolder(settings), settings), synced: false, clock, log })
}

function logOf(directory: string, settings: Settings) {
  // Logs grow and shrink by whole segments: a small limit needs small ones.
  const segmentBytes = Math.min(64 * 1024 * 1024, Math.max(64 * 1024, Math.floor(settings.SEN_JOURNAL_MAX / 16)))
  return { directory, fileSystem: nodeFileSystem, segmentBytes }
}

/** @returns what a reader in another thread needs to follow this log. */
export function headOf(journal: Journal): SharedArrayBuffer {
  if (journal instanceof FileJournal) return journal.head
  throw new TypeError('share journal: only a file journal is read by other threads')
}

export function rawReader(
  settings: Settings,
  head: SharedArrayBuffer,
  onCommit: (position: Position) => void
): JournalReader {
  return new FileJournalReader({ directory: rawFolder(settings), fileSystem: nodeFileSystem, head, onCommit })
}

export function readingsReader(
  settings: Settings,
  head: SharedArrayBuffer,
  onCommit: (position: Position) => void
): JournalReader {
  return new FileJournalReader({ directory: readingsFolder(settings), fileSystem: nodeFileSystem, head, onCommit })
}

function rawFolder(settings: Settings): string {
  return join(settings.SEN_DATA, 'raw')
}

function readingsFolder(settings: Settings): string {
  return join(settings.SEN_DATA, 'readings')
}
