import { argon2Sync } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { goBehindOthers } from './priority.ts'
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

if (!parentPort) throw new Error('start hash thread: it is a worker')
goBehindOthers()
serve(new HashService(), parentPort)
