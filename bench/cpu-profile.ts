import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))

/** What `--cpu-prof` writes (Chrome DevTools Protocol, Profiler.Profile); times are µs of the monotonic clock. */
interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/** Time that a thread spent in functions themselves, what they called left out. */
export interface ThreadProfile {
  readonly thread: string
  readonly busyMicros: number
  /** Most first. */
  readonly functions: readonly { readonly name: string; readonly micros: number }[]
}

/** A span of `process.hrtime`, µs. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** @returns one profile a thread of the process, from the files that Node left in the folder; only what lies in the span. */
export function profilesIn(folder: string, pid: number, span: Span): readonly ThreadProfile[] {
  return readdirSync(folder)
    .filter(name => name.split('.')[3] === String(pid))
    .map(name => threadProfile(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile, span))
    .sort((a, b) => b.busyMicros - a.busyMicros)
}

function threadProfile(profile: Profile, { from, to }: Span): ThreadProfile {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  let at = profile.startTime
  profile.samples.forEach((id, i) => {
    at += profile.timeDeltas[i] ?? 0
    const took = profile.timeDeltas[i + 1] ?? 0
    const name = names.get(id) ?? '?'
    if (at >= from && at < to && name !== '(idle)') times.set(name, (times.get(name) ?? 0) + took)
  })
  const functions = [...times].map(([name, micros]) => ({ name, micros })).sort((a, b) => b.micros - a.micros)
  return { thread: threadOf(profile), busyMicros: functions.reduce((sum, { micros }) => sum + micros, 0), functions }
}

/** The module that began the thread tells its name. */
function threadOf({ nodes }: Profile): string {
  const urls = nodes.map(({ callFrame }) => callFrame.url)
  const modules = urls.flatMap(url => /\/([a-z]+)-(?:thread|worker)\.ts$/.exec(url)?.[1] ?? [])
  return modules[0] ?? 'main'
}

function nameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (!url.startsWith('file:')) return url === '' ? name : `${name} ${url}`
  const path = relative(project, fileURLToPath(url)).split(sep).join('/')
  return `${name} ${path.replace(/^.*node_modules\//, '')}:${lineNumber + 1}`
}

/** @returns the profiles for people, in µs a message. */
export function profileText(profiles: readonly ThreadProfile[], messages: number, most = 25): string {
  const blocks = profiles.map(({ thread, busyMicros, functions }) => {
    const lines = functions.slice(0, most).map(({ name, micros }) => line(micros / messages, name))
    return [`thread ${thread}: ${(busyMicros / messages).toFixed(2)} µs a message`, ...lines].join('\n')
  })
  return blocks.join('\n\n')
}

function line(micros: number, name: string): string {
  return `${micros.toFixed(2).padStart(8)}  ${name}`
}
