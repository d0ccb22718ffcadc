import { journalContract } from '../journal-contract.ts'
import { MemoryJournal } from './memory-journal.ts'

journalContract(
  'MemoryJournal',
  () => Promise.resolve({ open: props => new MemoryJournal(props), end: () => Promise.resolve() }),
  { isDurable: false }
)
