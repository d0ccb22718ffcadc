import { Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Remote } from 'comlink'
import type { Log } from '../../model/log.ts'
import { connect } from './rpc.ts'

export interface ThreadProps {
  readonly name: string
  /** The worker's module. */
  readonly module: URL
  readonly data: object
  /** Ports inside `data`, which move to the thread. */
  readonly ports: readonly MessagePort[]
  /** Called once if the thread ends without having been asked to. */
  readonly onDeath: (cause: unknown) => void
  readonly log: Log
}

/** A worker thread and the object it serves. */
export class Thread<T> {
  readonly call: Remote<T>
  readonly #worker: Worker
  #isStopping = false

  constructor(props: ThreadProps) {
    this.#worker = new Worker(props.module, {
      name: props.name,
      workerData: props.data,
      transferList: [...props.ports]
    })
    let cause: unknown
    this.#worker.on('error', error => {
      cause = error
    })
    this.#worker.on('exit', code => {
      if (this.#isStopping) return
      props.log.error({ thread: props.name, code, cause }, 'Thread died')
      props.onDeath(cause)
    })
    this.call = connect<T>(this.#worker)
  }

  /** Ends the thread; what it serves must have been stopped before. */
  async end(): Promise<void> {
    this.#isStopping = true
    await this.#worker.terminate()
  }
}
