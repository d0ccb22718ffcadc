import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { QuickJsCodecRuntime } from '../devices/codec/quickjs-codec-runtime.ts'
import type { CodecRuntime } from '../devices/codec/codec-runtime.ts'
import { BrokerConnector } from '../ingest/connectors/broker-connector.ts'
import { chirpStackSource, mappedSource, ttsSource } from '../ingest/connectors/broker-sources.ts'
import type { BrokerSource } from '../ingest/connectors/broker-sources.ts'
import { Webhook } from '../ingest/connectors/webhook.ts'
import type { DeviceQuota } from '../ingest/device-quota.ts'
import { ConnectorGuard } from '../ingest/flood/connector-guard.ts'
import type { Offenders } from '../ingest/flood/offenders.ts'
import type { Intake } from '../ingest/intake.ts'
import { MessageReader } from '../ingest/mapped/message-reader.ts'
import { FileJournal } from '../journal/file/file-journal.ts'
import { FileJournalReader } from '../journal/file/file-journal-reader.ts'
import { nodeFileSystem } from '../journal/file/node-file-system.ts'
import type { Journal, JournalReader } from '../journal/journal.ts'
import { scaledClock, systemClock } from '../model/clock.ts'
import type { Clock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { Position } from '../model/position.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { DuckDbSeriesStore } from '../storage/series/duckdb/duckdb-series-store.ts'
import { MemorySeriesStore } from '../storage/series/memory/memory-series-store.ts'
import type { SeriesStore } from '../storage/series/series-store.ts'
import { DataLock } from '../storage/state/data-lock.ts'
import { SqliteStateStore } from '../storage/state/sqlite/sqlite-state-store.ts'
import type { StateStore } from '../storage/state/state-store.ts'
import type { OnboardingStore } from '../storage/state/onboarding-store.ts'
import type { HealthStore } from '../storage/state/health-store.ts'
import type { PeopleStore } from '../storage/state/people-store.ts'
import { KeyFile } from './auth/key-file.ts'
import type { Settings } from './config.ts'
import type { OpenedConnector, RunningConnector } from './connectors.ts'

/*
 * The only file that chooses implementations. The two logs, the series store and the state store each have a folder or file
 * of their own below SEN_DATA.
 */

export function openClock(settings: Settings): Clock {
  const { clock } = settings
  return clock ? scaledClock(clock.speed, clock.at, clock.now) : systemClock
}

/** @returns the right to be the only Sen on these data. */
export function lockData(settings: Settings): DataLock {
  return DataLock.take(settings.SEN_DATA)
}

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

export function openSeriesStore(settings: Settings, clock: Clock, log: Log): SeriesStore {
  if (settings.SEN_SERIES === 'memory:') return new MemorySeriesStore({ log })
  return new DuckDbSeriesStore({ file: join(settings.SEN_DATA, 'series.duckdb'), clock, log, settle, limits })
}

/** What one answer may hold: it is formatted on the thread that also takes messages in. */
const limits = { values: 250_000, rows: 20_000 }
/** Late rows are put in their place soon: until then they count as pending. */
const settle = { afterMs: 2000 }

/** The state, and in the same database people, the audit log and onboarding. */
export function openStateStore(
  settings: Settings,
  clock: Clock,
  log: Log
): StateStore & {
  readonly people: PeopleStore
  readonly onboarding: OnboardingStore
  readonly health: HealthStore
} {
  const { auditKey } = openKeyFile(settings)
  return new SqliteStateStore({ file: join(settings.SEN_DATA, 'state.sqlite'), clock, log, auditKey })
}

/** @throws SenError `SEN_KEY_FILE`. */
export function openKeyFile(settings: Settings): KeyFile {
  return KeyFile.open(keyFilePath(settings))
}

/** Makes the key file at the first start. */
export function prepareKeyFile(settings: Settings, log: Log): void {
  const path = keyFilePath(settings)
  if (KeyFile.create(path)) log.info({ path }, 'Key file made: keep a copy of it apart from the data')
  if (path.startsWith(join(settings.SEN_DATA, '/')))
    log.warn({ path }, 'The key file lies beside the data: whoever takes both can read its secrets; set SEN_KEY_FILE')
}

/** `SEN_KEY_FILE`; else beside the data where the demo made it; else in the user's own folder. */
export function keyFilePath(settings: Settings): string {
  if (settings.SEN_KEY_FILE !== undefined) return settings.SEN_KEY_FILE
  const beside = join(settings.SEN_DATA, 'key')
  return existsSync(beside) ? beside : join(homedir(), '.config', 'sen', 'key')
}

export function openCodecRuntime(log: Log): CodecRuntime {
  return new QuickJsCodecRuntime({ log })
}

/** For trying codecs out: one that has to be ended does not wait afterwards. */
export function openTrialRuntime(log: Log): CodecRuntime {
  return new QuickJsCodecRuntime({ log, suspension: { firstMs: 0, longestMs: 0 } })
}

/** What connectors stand on. */
interface ConnectorGround {
  readonly settings: Settings
  readonly intake: Intake
  readonly quota: DeviceQuota
  readonly offenders: Offenders
  readonly registry: RegistrySnapshot
  readonly clock: Clock
  readonly log: Log
}

/** @throws SenError `SEN_INPUT_INVALID` for a connector whose mapping is missing. */
export function openConnector(connector: OpenedConnector, ground: ConnectorGround): RunningConnector {
  const { name, url, secrets, options } = connector
  const { settings, intake, quota, offenders, registry, clock, log } = ground
  const guard = new ConnectorGuard({
    name,
    limits: {
      perSecond: options.quota?.perSecond ?? settings.SEN_CONNECTOR_RATE,
      bytesPerSecond: options.quota?.bytesPerSecond ?? settings.SEN_CONNECTOR_BYTES,
      newDevicesPerHour: options.quota?.newDevicesPerHour ?? settings.SEN_NEW_DEVICES
    },
    devices: quota,
    isRegistered: device => registry.devices.has(device),
    offenders
  })
  if (connector.type === 'webhook') {
    const { signatureSecret: secret } = secrets
    const signature = options.signature && secret !== undefined ? { ...options.signature, secret } : undefined
    return new Webhook({ name, guard, signature, clock })
  }
  return new BrokerConnector({
    ...{ name, url: url ?? '', guard, intake, clock, log },
    source: brokerSourceOf(connector),
    tls: { ca: secrets.ca, cert: secrets.certificate, key: secrets.key },
    unwanted: options.formerFilters ?? [],
    clientId: `sen-${instanceOf(settings)}-${name}`
  })
}

function brokerSourceOf({ name, type, mapping }: OpenedConnector): BrokerSource {
  if (type === 'chirpstack') return chirpStackSource
  if (type === 'tts') return ttsSource
  if (mapping) return mappedSource(new MessageReader(mapping))
  throw new SenError('SEN_INPUT_INVALID', `open connector ${name}: it has no mapping`)
}

/** @returns a name for this installation, the same at every start: two Sens at one foreign broker must not share a session. */
function instanceOf(settings: Settings): string {
  const file = join(settings.SEN_DATA, 'instance')
  if (!existsSync(file)) writeFileSync(file, randomBytes(4).toString('hex'))
  return readFileSync(file, 'utf8')
}

function rawFolder(settings: Settings): string {
  return join(settings.SEN_DATA, 'raw')
}

function readingsFolder(settings: Settings): string {
  return join(settings.SEN_DATA, 'readings')
}
