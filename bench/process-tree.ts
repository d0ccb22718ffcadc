import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

const ticksPerS = Number(execFileSync('getconf', ['CLK_TCK']).toString())

/** User and system time of one thread so far, µs. */
export interface ThreadTime {
  readonly name: string
  readonly micros: number
}

/** @returns the process and everything it started that still runs. */
export function treeOf(root: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** @returns the process's parent, or `undefined` if it has ended. */
export function parentOf(pid: number): number | undefined {
  const fields = statOf(`/proc/${pid}/stat`)
  return fields && Number(fields[1])
}

/** User and system time of the processes so far, µs, in the clock ticks of the system (mostly 10 ms). */
export function cpuMicrosOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + microsOf(statOf(`/proc/${pid}/stat`)), 0)
}

/** @returns the threads of a process by their number. */
export function threadsOf(pid: number): ReadonlyMap<number, ThreadTime> {
  const tasks = readdirSync(`/proc/${pid}/task`).map(task => {
    const at = `/proc/${pid}/task/${task}`
    const name = readFileSync(`${at}/comm`, 'utf8').trim()
    return [Number(task), { name, micros: microsOf(statOf(`${at}/stat`)) }] as const
  })
  return new Map(tasks)
}

/** @returns what each thread took between two looks, a message, in words: `work 6.1, store 2.5`. */
export function threadText(
  before: ReadonlyMap<number, ThreadTime>,
  after: ReadonlyMap<number, ThreadTime>,
  messages: number
): string {
  const sums = new Map<string, number>()
  for (const [id, { name, micros }] of after)
    sums.set(name, (sums.get(name) ?? 0) + (micros - (before.get(id)?.micros ?? 0)) / messages)
  return [...sums]
    .filter(([, micros]) => micros >= 0.1)
    .sort(([, a], [, b]) => b - a)
    .map(([name, micros]) => `${name} ${micros.toFixed(1)}`)
    .join(', ')
}

/** Memory of the processes that is not swapped out, bytes. */
export function residentBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return sum + Number(kilobytes ?? 0) * 1024
  }, 0)
}

/** What follows the name: state, parent, … (proc(5), from the third field on). */
function statOf(path: string): readonly string[] | undefined {
  try {
    const stat = readFileSync(path, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function microsOf(fields: readonly string[] | undefined): number {
  return ((Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) * 1e6) / ticksPerS
}
