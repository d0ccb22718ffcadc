import type { DeviceKey, EnrolledKind } from './device-key.ts'

const database = 'sen'
const shelf = 'device-keys'

/** Keeps the keys of this browser in IndexedDB, one as a phone and one as a display. */
export class DeviceKeyStore {
  /** @returns `undefined` where there is none, or where the browser keeps nothing (private mode). */
  async get(kind: EnrolledKind): Promise<DeviceKey | undefined> {
    try {
      const found: unknown = await this.#run('readonly', store => store.get(kind))
      return isDeviceKey(found) ? found : undefined
    } catch {
      return undefined
    }
  }

  /** Whether this browser keeps anything: some do not in private mode. */
  async canKeep(): Promise<boolean> {
    try {
      await this.#run('readwrite', store => store.put(true, 'probe'))
      await this.#run('readwrite', store => store.delete('probe'))
      return true
    } catch {
      return false
    }
  }

  /** Rejects where the browser cannot keep it. */
  async put(kind: EnrolledKind, key: DeviceKey): Promise<void> {
    await this.#run('readwrite', store => store.put(key, kind))
  }

  async forget(kind: EnrolledKind): Promise<void> {
    await this.#run('readwrite', store => store.delete(kind))
  }

  async #run(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const opening = indexedDB.open(database, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(shelf)
    await settled(opening)
    const connection = opening.result
    try {
      const transaction = connection.transaction(shelf, mode, { durability: 'strict' })
      const request = work(transaction.objectStore(shelf))
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve()
        transaction.onabort = () => reject(transaction.error ?? new Error('keep device key: aborted'))
      })
      return request.result
    } finally {
      connection.close()
    }
  }
}

function settled(request: IDBRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('open IndexedDB: failed'))
  })
}

function isDeviceKey(value: unknown): value is DeviceKey {
  if (typeof value !== 'object' || value === null) return false
  return 'device' in value && typeof value.device === 'string' && 'privateKey' in value && 'publicKey' in value
}
