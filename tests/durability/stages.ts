import type { Killpoint } from '../../model/failpoint.ts'

/** A stage in the life of a message, and the places in it at which the process is made to die. */
export interface Stage {
  readonly name: string
  readonly points: readonly Killpoint[]
  /** At which pass it dies, one of these for each hit. Places that are passed seldom die early. */
  readonly passes: readonly number[]
  /** It comes once a minute, if at all: not in the short form. */
  readonly isSeldom?: true
}

export const stages: readonly Stage[] = [
  { name: 'before the append', points: ['append-begun'], passes: [20, 150] },
  { name: 'appended, not synced', points: ['append-written'], passes: [20, 150] },
  { name: 'synced, not acknowledged', points: ['append-synced'], passes: [20, 150] },
  { name: 'acknowledged, not decoded', points: ['answered', 'decoded', 'readings-appended'], passes: [20, 70] },
  {
    name: 'half a storage batch written',
    points: ['store-half-written', 'store-uncommitted', 'settle-half-done'],
    passes: [1, 4]
  },
  { name: 'stored, reader not moved', points: ['store-committed'], passes: [2, 8] },
  {
    name: 'a log begins its next segment',
    points: ['rotation-begun', 'segment-created', 'segment-headed', 'rotation-done'],
    passes: [1, 3]
  },
  {
    name: 'a sealed segment is compressed',
    points: ['compaction-begun', 'compaction-written', 'compaction-renamed'],
    passes: [3],
    isSeldom: true
  },
  {
    name: 'a log gives up its oldest segments',
    points: ['trim-begun', 'segment-removed'],
    passes: [1, 3],
    isSeldom: true
  }
]

/** What a start after a crash goes through before it is ready. */
export const recoveryPoints: readonly Killpoint[] = [
  'recovery-begun',
  'recovery-cut',
  'recovery-rewritten',
  'recovery-done'
]

/** What decoding again goes through; see `tests/redecode.system.test.ts`. */
export const redecodePoints: readonly Killpoint[] = ['redecoded']
