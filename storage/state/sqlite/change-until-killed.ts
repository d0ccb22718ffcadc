import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../../model/clock.ts'
import { silentLog } from '../../../model/log.ts'
import { SqliteStateStore } from './sqlite-state-store.ts'

/*
 * A program for the store's tests: changes the registry in the file it is given, tells its parent the id of each confirmed
 * change, and goes on until it is killed.
 */
const store = new SqliteStateStore({
  file: process.argv[2] ?? '',
  clock: systemClock,
  log: silentLog,
  auditKey: Buffer.alloc(32, 1)
})
await store.start()
for (let round = 0; ; round++) {
  const name = `Nghệ An ${round}`
  for (const { id } of await store.change([{ kind: 'organisation', organisation: { id: 'root', name } }], 0)) {
    process.send?.(id)
  }
  // SQLite has no queue of writers: without a pause another one could wait for ever.
  await delay(5)
}
