import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { journalContract } from '../journal-contract.ts'
import { FileJournal } from './file-journal.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'

const common = { clock: systemClock, log: silentLog }

for (const synced of [true, false]) {
  const kind = synced ? 'synced' : 'unsynced'

  journalContract(
    `FileJournal (${kind}) on the machine's file system`,
    async () => {
      const parent = await mkdtemp(join(tmpdir(), 'sen-journal-'))
      const directory = join(parent, 'data', 'raw')
      return {
        open: props => new FileJournal({ ...common, ...props, synced, directory, fileSystem: nodeFileSystem }),
        end: () => rm(parent, { recursive: true })
      }
    },
    { isDurable: true }
  )

  journalContract(
    `FileJournal (${kind}) on the simulated file system`,
    () => {
      const fileSystem = new SimulatedFileSystem()
      return Promise.resolve({
        open: props => new FileJournal({ ...common, ...props, synced, directory: '/raw', fileSystem }),
        end: () => Promise.resolve()
      })
    },
    { isDurable: true }
  )
}
