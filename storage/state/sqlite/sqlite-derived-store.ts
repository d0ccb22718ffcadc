import { origin } from '../../../model/position.ts'
import type { Position } from '../../../model/position.ts'
import type { DerivedStore } from '../derived-store.ts'
import type { StateWork } from './state-work.ts'

const reader = 'derived'

/** In the database of a `SqliteStateStore`, which opens and closes it (see `DerivedStore`). */
export class SqliteDerivedStore implements DerivedStore {
  readonly #work: StateWork

  constructor(work: StateWork) {
    this.#work = work
  }

  keep(snapshot: string, position: Position): Promise<void> {
    return this.#work.write('keep calculations', async trx => {
      await trx
        .insertInto('derived_state')
        .values({ reader, body: snapshot })
        .onConflict(conflict => conflict.column('reader').doUpdateSet({ body: snapshot }))
        .execute()
      await trx
        .insertInto('reader_position')
        .values({ reader, position })
        .onConflict(conflict => conflict.column('reader').doUpdateSet({ position }))
        .execute()
    })
  }

  kept(): Promise<{ readonly snapshot: string | undefined; readonly position: Position }> {
    return this.#work.read('read calculations', async db => {
      const state = await db.selectFrom('derived_state').select('body').where('reader', '=', reader).executeTakeFirst()
      const at = await db
        .selectFrom('reader_position')
        .select('position')
        .where('reader', '=', reader)
        .executeTakeFirst()
      return { snapshot: state?.body, position: at?.position ?? origin }
    })
  }
}
