import type { Position } from '../model/position.ts'
import { origin } from '../model/position.ts'
import type { BatchRecord, Damage, JournalReader, MessageRecord, StoredRecord } from './journal.ts'

/** For tests. A message that can be told from every other, and recomputed from `n`. */
export function exampleMessage(n: number, changes: Partial<MessageRecord> = {}): MessageRecord {
  return {
    kind: 'message',
    door: 'mqtt',
    credential: `device:lua-${n % 7}`,
    topic: `site/kim-lien/lua-${n % 7}/telemetry`,
    payload: pattern(n * 31, (n * 37) % 260),
    receivedAt: 1_790_000_000_000 + n,
    qos: 1,
    dup: n % 5 === 0,
    retain: n % 3 === 0,
    clientId: `gateway-${n % 3}`,
    connection: n,
    packetId: n % 65536,
    ...changes
  }
}

export function exampleBatch(position: Position, sizeBytes = 100): BatchRecord {
  return { kind: 'batch', receivedAt: 1_790_000_000_000 + position, position, body: pattern(position * 13, sizeBytes) }
}

function pattern(start: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let i = 0; i < sizeBytes; i += 1) bytes[i] = start + i * 7
  return bytes
}

/** What a reader gave. */
export interface Reading {
  readonly records: readonly StoredRecord[]
  readonly damage: readonly Damage[]
}

/** For tests. Reads from `from` until everything up to `to` was given or reported as lost. */
export async function readThrough(reader: JournalReader, to: Position, from: Position = origin): Promise<Reading> {
  const records: StoredRecord[] = []
  const damage: Damage[] = []
  if (to <= from) return { records, damage }
  const enough = new AbortController()
  for await (const batch of reader.read(from, enough.signal)) {
    if (batch.damage) damage.push(batch.damage)
    for (const record of batch.records) records.push(record)
    if (Math.max(records.at(-1)?.position ?? from, damage.at(-1)?.to ?? from) >= to) enough.abort()
  }
  return { records, damage }
}
