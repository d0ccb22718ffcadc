import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Journal } from '../journal/journal.ts'
import { MemoryJournal } from '../journal/memory/memory-journal.ts'
import { systemClock } from '../model/clock.ts'
import type { Log } from '../model/log.ts'
import type { RegistryChange } from '../model/registry.ts'
import { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { SqliteStateStore } from '../storage/state/sqlite/sqlite-state-store.ts'
import type { StateStore } from '../storage/state/state-store.ts'
import { Administration } from './administration.ts'
import type { AdministrationProps } from './administration.ts'
import { CredentialBook } from './auth/credential-book.ts'
import { KeyFile } from './auth/key-file.ts'
import { RoleBook } from './auth/roles.ts'
import { TokenBook } from './auth/token-book.ts'

/* For tests: an administration over a real state store in memory and a journal in memory, which outlive its process. */

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Of one machine. */
export const keys = newKeys()

/** What stands on disk. */
export interface Disk {
  readonly state: SqliteStateStore
  readonly raw: Journal
}

/** A process: the administration, and what it has in memory. */
export interface Process extends AdministrationProps {
  readonly administration: Administration
}

const opened: StateStore[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(state => state.stop()))
})

function newKeys(): KeyFile {
  const folder = mkdtempSync(join(tmpdir(), 'sen-key-'))
  const path = join(folder, 'key')
  KeyFile.create(path)
  const opened = KeyFile.open(path)
  rmSync(folder, { recursive: true })
  return opened
}

/** An empty disk. @param segmentBytes - size at which a segment of the raw log is sealed. */
export async function newDisk(segmentBytes = 64 * 1024 * 1024): Promise<Disk> {
  const state = new SqliteStateStore({ file: ':memory:', clock: systemClock, log, auditKey: keys.auditKey })
  const raw = new MemoryJournal({ segmentBytes })
  await Promise.all([state.start(), raw.start()])
  opened.push(state)
  return { state, raw }
}

/** A process as it begins after another's end: memory from what is on disk. `changes` replaces parts of the disk. */
export async function processOn(disk: Disk, changes: Partial<AdministrationProps> = {}): Promise<Process> {
  const props: AdministrationProps = {
    ...disk,
    registry: new RegistrySnapshot(await disk.state.registryAt(disk.raw.status().last)),
    credentials: new CredentialBook(await disk.state.credentials()),
    tokens: new TokenBook(await disk.state.tokens(), systemClock, new RoleBook()),
    keys,
    clock: systemClock,
    log,
    ...changes
  }
  return { ...props, administration: new Administration(props) }
}

/** A started process on a disk of its own. */
export async function started(): Promise<Process & Disk> {
  const disk = await newDisk()
  const process = await processOn(disk)
  await process.administration.start()
  return { ...process, ...disk }
}

/** The changes that the raw log holds, in order. */
export async function controlsOf(raw: Journal): Promise<readonly RegistryChange[]> {
  const ending = new AbortController()
  const changes: RegistryChange[] = []
  const { last } = raw.status()
  if (last === 0) return []
  for await (const { records } of raw.reader('test').read(0, ending.signal)) {
    for (const record of records) if (record.kind === 'control') changes.push(record.change)
    if ((records.at(-1)?.position ?? last) >= last) ending.abort()
  }
  return changes
}

/** What of the change tells it from others: `site ruong`. */
export function wordsOf(change: RegistryChange): string {
  switch (change.kind) {
    case 'organisation':
      return `organisation ${change.organisation.id}`
    case 'site':
      return `site ${change.site.id}`
    case 'device':
      return `device ${change.device.id} at ${change.device.site}`
    case 'gateway':
      return `gateway ${change.gateway.id}`
    case 'profile':
      return `profile ${change.version.profile.id}`
    case 'place-group':
      return `group ${change.placeGroup.id}`
    case 'connector-mapping':
      return `mapping ${change.mapping.id}`
    case 'rule':
      return `rule ${change.rule.id}`
    case 'calculation':
      return `calculation ${change.calculation.id}`
    case 'calculation-removed':
    case 'rule-removed':
    case 'organisation-removed':
    case 'site-removed':
    case 'device-removed':
    case 'gateway-removed':
    case 'place-group-removed':
    case 'profile-removed':
    case 'connector-mapping-removed':
      return `removed ${change.id}`
    case 'doubts':
      return `doubts of ${change.device}`
    default:
      return change satisfies never
  }
}

export const siteOf = (id: string, organisation = 'root') => ({ id, name: id, organisation })
export const deviceOf = (id: string, site = 'ruong') => ({ id, name: id, site, profile: 'json-weather' })
