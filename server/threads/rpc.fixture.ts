import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { SenError } from '../../model/errors.ts'
import { serve } from './rpc.ts'

/** For tests: what the thread at the other end of the line can do. */
export class Echo {
  echo(value: unknown): unknown {
    return value
  }

  refuse(): never {
    throw new SenError('SEN_CONFLICT', 'add site ruong: the id is taken', {
      hint: 'Choose another id.',
      cause: new Error('deep down')
    })
  }

  async refuseLater(): Promise<never> {
    throw new SenError('SEN_NOT_FOUND', 'find site ao: there is none')
  }

  fail(): never {
    throw new TypeError('plain')
  }

  failLike(code: string): never {
    throw Object.assign(new Error('no error of Sen’s'), { code })
  }

  throwWord(): never {
    // eslint-disable-next-line no-throw-literal
    throw 'a word'
  }
}

if (parentPort) {
  serve(new Echo(), parentPort)
  // `as`: what the test that starts this thread gives.
  for (const port of (workerData as { readonly lines: readonly MessagePort[] }).lines) serve(new Echo(), port)
}
