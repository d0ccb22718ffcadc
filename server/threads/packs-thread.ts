import { parentPort } from 'node:worker_threads'
import { loadPacks } from '../../rules/packs/load-packs.ts'
import { goBehindOthers } from './priority.ts'

// Reads the packs, hands them over and ends.
if (!parentPort) throw new Error('start packs thread: it is a worker')
goBehindOthers()
parentPort.postMessage(await loadPacks())
