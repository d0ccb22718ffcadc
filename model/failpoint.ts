import { writeSync } from 'node:fs'
import { SenError } from './errors.ts'

/**
 * Places in the life of a message at which the process can be made to die, in that order. For tests of what survives.
 *
 * A name that stands here is passed somewhere: `tests/durability/failpoints.test.ts` compares the two.
 */
export const killpoints = [
  // A group on its way into the raw log, and its answers.
  'append-begun',
  'append-written',
  'append-synced',
  'answered',
  // From the raw log to the readings log, and on into the series store.
  'decoded',
  'readings-appended',
  // A part of decoding again, on its way into the readings log.
  'redecoded',
  'store-half-written',
  'store-uncommitted',
  'store-committed',
  'settle-half-done',
  // A log begins its next segment.
  'rotation-begun',
  'segment-created',
  'segment-headed',
  'rotation-done',
  // A sealed segment is compressed.
  'compaction-begun',
  'compaction-written',
  'compaction-renamed',
  // A log gives up its oldest segments.
  'trim-begun',
  'segment-removed',
  // Opening a log after a crash.
  'recovery-begun',
  'recovery-cut',
  'recovery-rewritten',
  'recovery-done'
] as const

/** Operations that can be made slow. */
export const slowpoints = ['disk-sync'] as const

export type Killpoint = (typeof killpoints)[number]
export type Slowpoint = (typeof slowpoints)[number]

/** What is to happen at a name: `pass` counts from 1. */
interface Armed {
  readonly name: Killpoint | Slowpoint
  /** At this pass; `undefined`: at every one. */
  readonly pass: number | undefined
  /** `undefined`: the process dies. */
  readonly delayMs: number | undefined
}

const variable = 'SEN_FAILPOINT'
let armed: readonly Armed[] | undefined
const passes = new Map<Killpoint | Slowpoint, number>()

/**
 * Ends the process by SIGKILL here if the environment asks for it. Costs a comparison otherwise; stands where groups,
 * transactions and files pass, never single messages. Each thread counts its own passes.
 */
export function failpoint(name: Killpoint): void {
  armed ??= failpointsOf(process.env[variable])
  if (armed.length === 0) return
  const one = armedAt(name)
  if (!one) return
  // Past every buffer: nothing of this process runs after the next line.
  writeSync(2, `${variable} ${name}: SIGKILL at pass ${one.pass}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** Does `work` when it is time: at once, unless the environment asks for a slow one. */
export async function slowed<T>(name: Slowpoint, work: () => Promise<T>): Promise<T> {
  armed ??= failpointsOf(process.env[variable])
  const delayMs = armed.length === 0 ? undefined : armedAt(name)?.delayMs
  if (delayMs !== undefined) await new Promise(resolve => setTimeout(resolve, delayMs))
  return work()
}

function armedAt(name: Killpoint | Slowpoint): Armed | undefined {
  const pass = (passes.get(name) ?? 0) + 1
  passes.set(name, pass)
  return armed?.find(one => one.name === name && (one.pass === undefined || one.pass === pass))
}

/**
 * Reads a list such as `store-committed:3,disk-sync:delay=500`: die the third time, and half a second more for each sync.
 * `name` alone means the first time; `disk-sync:20:delay=30000` stalls the twentieth sync only.
 *
 * @returns nothing for a variable that is not set or empty.
 * @throws SenError `SEN_SETTING_INVALID` naming the part that is wrong.
 */
export function failpointsOf(text: string | undefined): readonly Armed[] {
  return text ? text.split(',').map(armedOf) : []
}

function armedOf(text: string): Armed {
  const [, word = '', pass, delay] = /^([a-z-]+)(?::([1-9]\d{0,8}))?(?::delay=(\d{1,6}))?$/.exec(text) ?? []
  const killpoint = killpoints.find(name => name === word)
  const slowpoint = slowpoints.find(name => name === word)
  if (killpoint && delay === undefined) return { name: killpoint, pass: Number(pass ?? 1), delayMs: undefined }
  if (slowpoint && delay !== undefined)
    return { name: slowpoint, pass: pass === undefined ? undefined : Number(pass), delayMs: Number(delay) }
  throw new SenError(
    'SEN_SETTING_INVALID',
    `read ${variable}: "${text}" is none of ${killpoints.join(', ')} (each with :PASS), ${slowpoints.join(', ')} (with :PASS and :delay=MS)`,
    { hint: `${variable} is for tests of failures; leave it unset.` }
  )
}
