import { parentPort, workerData } from 'node:worker_threads'
import { FileJournalReader } from './file-journal-reader.ts'
import { nodeFileSystem } from './node-file-system.ts'

/** For tests: reads a journal in this thread up to `to`, commits as it goes, and says which messages it saw. */
// `as`: what the test that starts this thread gives.
const { directory, head, to } = workerData as { directory: string; head: SharedArrayBuffer; to: number }

const reader = new FileJournalReader({
  directory,
  fileSystem: nodeFileSystem,
  head,
  onCommit: position => parentPort?.postMessage({ kind: 'commit', position })
})
const enough = new AbortController()
const seen: number[] = []
parentPort?.postMessage({ kind: 'ready' })
for await (const { records, damage } of reader.read(0, enough.signal)) {
  if (damage) throw new Error(`damage at ${damage.offset}`)
  for (const record of records) if (record.kind === 'message') seen.push(record.connection)
  const last = records.at(-1)?.position ?? 0
  reader.commit(last)
  if (last >= to) enough.abort()
}
parentPort?.postMessage({ kind: 'seen', seen })
parentPort?.close()
