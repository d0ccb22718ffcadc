import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SenError } from '../../model/errors.ts'

/**
 * The right to be the only Sen on a data folder. It is a lock of the operating system's on a small SQLite file, so it ends
 * with the process, however that ends.
 */
export class DataLock {
  readonly #db: DatabaseSync

  private constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** @throws SenError `SEN_DATA_LOCKED` if another Sen has the folder. */
  static take(folder: string): DataLock {
    const file = join(folder, 'lock')
    const db = new DatabaseSync(file)
    try {
      db.exec('PRAGMA busy_timeout = 2000; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    } catch (cause) {
      db.close()
      throw new SenError('SEN_DATA_LOCKED', `lock data folder ${folder}: another Sen is running on it`, {
        cause,
        hint: 'Stop the other one, or give this one a folder of its own with SEN_DATA.'
      })
    }
    return new DataLock(db)
  }

  /** Safe to call twice. */
  release(): void {
    if (this.#db.isOpen) this.#db.close()
  }
}
