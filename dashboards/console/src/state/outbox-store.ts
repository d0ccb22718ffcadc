import type { Entry } from '../api/observations.ts'
import type { Failure } from './failure.ts'

/** An entry that the server has not acknowledged yet. */
export interface Waiting {
  /** Stays the same however often it is sent: the server keeps it once. */
  readonly key: string
  /** Whose it is: nobody else who uses this browser sends it. */
  readonly actor: string
  readonly entry: Entry
  /** Why the server refused it; absent while it only waits for a connection. */
  readonly refusal?: Extract<Failure, { readonly kind: 'refused' }>
}

const database = 'sen-outbox'
const shelf = 'entries'

/** Keeps entries in IndexedDB until they are acknowledged, over closed pages and empty batteries. */
export class OutboxStore {
  /** In the order in which they were made. */
  async all(): Promise<readonly Waiting[]> {
    // `as`: nothing else writes to this shelf.
    return (await this.#run('readonly', store => store.getAll())) as readonly Waiting[]
  }

  /** Resolves once it is on the disk. */
  async put(waiting: Waiting): Promise<void> {
    await this.#run('readwrite', store => store.put(waiting))
  }

  async remove(key: string): Promise<void> {
    await this.#run('readwrite', store => store.delete(key))
  }

  async #run(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const opening = indexedDB.open(database, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(shelf, { keyPath: 'key' })
    await new Promise<void>((resolve, reject) => {
      opening.onsuccess = () => resolve()
      opening.onerror = () => reject(opening.error ?? new Error('open IndexedDB: failed'))
    })
    const connection = opening.result
    try {
      const transaction = connection.transaction(shelf, mode, { durability: 'strict' })
      const request = work(transaction.objectStore(shelf))
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve()
        transaction.onabort = () => reject(transaction.error ?? new Error('keep entry: aborted'))
      })
      return request.result
    } finally {
      connection.close()
    }
  }
}
