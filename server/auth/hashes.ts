import { Worker } from 'node:worker_threads'
import type { Remote } from 'comlink'
import { connect } from '../threads/rpc.ts'
import type { HashService } from '../threads/hash-thread.ts'

interface HashThread {
  readonly worker: Worker
  readonly call: Remote<HashService>
}

let thread: HashThread | undefined
let running = 0

/**
 * Derives an argon2id tag in a thread of lower priority than those that serve devices. The thread begins with the first
 * password; the process may end while nothing is derived.
 */
export async function argon2id(...input: Parameters<HashService['argon2id']>): Promise<Uint8Array> {
  thread ??= begun()
  const { worker, call } = thread
  running++
  worker.ref()
  try {
    return await call.argon2id(...input)
  } finally {
    if (--running === 0) worker.unref()
  }
}

function begun(): HashThread {
  const worker = new Worker(new URL('../threads/hash-thread.ts', import.meta.url), { name: 'hash' })
  return { worker, call: connect<HashService>(worker) }
}
