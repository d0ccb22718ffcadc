import { argon2Sync } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { serve } from './rpc.ts'

/** What argon2 costs: KiB of memory, passes, lanes (RFC 9106, 3.1). */
export interface HashCost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** Derives tags of passwords. */
export class HashService {
  /** @returns the argon2id tag. */
  argon2id(message: Uint8Array, nonce: Uint8Array, tagLength: number, cost: HashCost): Uint8Array {
    return argon2Sync('argon2id', { message, nonce, tagLength, ...cost })
  }
}

/** Devices come first: a hash takes the cores' idle time, and a tenth of one where there is none. */
const niceness = 10

if (!parentPort) throw new Error('start hash thread: it is a worker')
// Linux keeps a priority for each thread, by its own number.
if (process.platform === 'linux') setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness)
serve(new HashService(), parentPort)
