import { createRequire } from 'node:module'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort, Worker } from 'node:worker_threads'
import { expose as exposeObject, transfer, transferHandlers, wrap } from 'comlink'
import type { Endpoint, Remote } from 'comlink'
import { SenError, errorCodes } from '../../model/errors.ts'
import type { ErrorCode } from '../../model/errors.ts'

/*
 * Calls between threads: comlink over message ports. Arguments and results are structured clones. comlink would make plain
 * Errors of what is thrown; Sen's keep their code and hint.
 */
// CommonJS without a types entry that Node's resolution finds.
const nodeEndpoint = createRequire(import.meta.url)('comlink/dist/umd/node-adapter.js') as (
  port: MessagePort | Worker
) => Endpoint

interface Thrown {
  readonly value: unknown
}

interface Serialised {
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  readonly hint: string | undefined
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return (errorCodes as readonly (string | undefined)[]).includes(code)
}

const standard = transferHandlers.get('throw')
transferHandlers.set('throw', {
  canHandle: (value: unknown): value is Thrown => standard?.canHandle(value) ?? false,
  serialize: ({ value }: Thrown): [Serialised, []] => [
    {
      message: value instanceof Error ? value.message : String(value),
      stack: value instanceof Error ? value.stack : undefined,
      code: value instanceof SenError ? value.code : undefined,
      hint: value instanceof SenError ? value.hint : undefined
    },
    []
  ],
  deserialize: ({ message, stack, code, hint }: Serialised): never => {
    const error = isErrorCode(code)
      ? new SenError(code, message, hint === undefined ? {} : { hint })
      : new Error(message)
    if (stack !== undefined) error.stack = stack
    throw error
  }
})

/** Lets the other end of the port call the object's methods. */
export function serve(object: object, port: MessagePort): void {
  exposeObject(object, nodeEndpoint(port))
}

/**
 * A worker is a message port for its creator.
 *
 * @returns the object at the other end: every method answers with a promise, errors keep their code.
 */
export function connect<T>(port: MessagePort | Worker): Remote<T> {
  return wrap<T>(nodeEndpoint(port))
}

/** A result whose memory goes to the caller instead of being copied; it must not be used here any more. */
export function handedOver(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return transfer(bytes, [bytes.buffer])
}

/** An end of a line that goes with a call to the thread that is called. */
export function handedOverEnd(port: MessagePort): MessagePort {
  return transfer(port, [port])
}

/** Two ends of a line: one stays, the other is given to a thread. */
export function line(): { readonly here: MessagePort; readonly there: MessagePort } {
  const { port1, port2 } = new MessageChannel()
  return { here: port1, there: port2 }
}
