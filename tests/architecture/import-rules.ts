import { importsOf, targetOf } from './imports.ts'
import { isCode } from './project-files.ts'
import type { ProjectFile } from './project-files.ts'

const everything = 'everything'

/** What each folder may import besides itself, `model/` and the contracts. A folder that is not here may not exist. */
const mayImport: Readonly<Record<string, readonly string[] | typeof everything>> = {
  model: [],
  devices: [],
  journal: [],
  ingest: ['devices'],
  storage: [],
  rules: [],
  alarms: [],
  commands: ['devices'],
  indicators: ['devices'],
  dashboards: [],
  simulators: ['devices'],
  server: everything,
  tests: everything,
  bench: everything,
  tools: everything
}

/** May be imported by anyone: they say what a part promises, not how; or are pure functions of the shapes it promises. */
const contracts = new Set([
  'journal/journal.ts',
  'storage/series/series-store.ts',
  'storage/series/csv.ts',
  'storage/state/state-store.ts',
  'storage/state/people-store.ts',
  'storage/state/onboarding-store.ts',
  'storage/state/health-store.ts',
  'storage/state/derived-store.ts',
  'storage/state/alarm-store.ts',
  'alarms/lifecycle/alarm-examples.ts',
  'alarms/lifecycle/chain.ts',
  'alarms/lifecycle/lifecycle.ts',
  'storage/state/notice-store.ts',
  'alarms/escalation/gather.ts',
  'alarms/escalation/plan.ts',
  'alarms/escalation/situation.ts',
  'devices/codec/codec-runtime.ts',
  'rules/sentence/rule-sentence.ts',
  'alarms/text/preview.ts',
  'ingest/intake.ts',
  'alarms/notify/channel.ts',
  'alarms/notify/channel-settings.ts',
  'alarms/notify/http/presets.ts'
])

/** Folders that implement a contract, perhaps more than once; the longest that fits a path owns it. */
const implementations = ['alarms/notify', 'devices/codec', 'journal', 'storage', 'storage/series', 'storage/state']

/** Who may choose implementations, besides tests and measurements. */
const wiring = /^server\/(?:wire|threads|cli)\//

interface Client {
  readonly packages: RegExp
  readonly folders: readonly string[]
}

/** Third-party clients, and the folders at the edge where they live. */
const clients: readonly Client[] = [
  { packages: /^aedes/, folders: ['ingest/broker'] },
  { packages: /^mqtt$/, folders: ['ingest/connectors', 'simulators'] },
  { packages: /^@duckdb\//, folders: ['storage/series/duckdb'] },
  { packages: /^(?:kysely|node:sqlite)$/, folders: ['storage/state'] },
  { packages: /^(?:fastify|@fastify\/.*|fastify-.*)$/, folders: ['server', 'ingest/http'] },
  { packages: /^(?:@peculiar\/.*|reflect-metadata)$/, folders: ['server/tls'] },
  {
    packages: /^(?:otplib|qrcode|@simplewebauthn\/server)$/,
    folders: ['server/auth', 'server/tls', 'dashboards/console/tests']
  },
  { packages: /^@simplewebauthn\/browser$/, folders: ['dashboards/console'] },
  { packages: /^@bufbuild\//, folders: ['ingest/decode', 'ingest/network-servers', 'simulators'] },
  { packages: /^@marcbachmann\/cel-js$/, folders: ['rules/expressions'] },
  { packages: /^quickjs/, folders: ['devices/codec'] },
  { packages: /^(?:svelte|@sveltejs\/.*|@fontsource\/.*)$/, folders: ['dashboards/console'] },
  { packages: /^vite$/, folders: ['dashboards/console', 'tools'] },
  { packages: /^(?:nodemailer|smtp-server)/, folders: ['alarms/notify/email'] },
  { packages: /^web-push$/, folders: ['alarms/notify'] },
  { packages: /^playwright-core$/, folders: ['tools'] },
  { packages: /^(?:vitest|fast-check|tinybench)$/, folders: [] }
]

/**
 * Compares every import with the table of folders.
 *
 * @returns one sentence an import that breaks it: who imports what, the rule, and why it is so.
 * @throws Error if there is no code among `files`: no files, no proof.
 */
export function importViolations(files: readonly ProjectFile[]): readonly string[] {
  const code = files.filter(file => isCode(file) && file.path.includes('/'))
  if (code.length === 0) throw new Error('check imports: no code found')
  return code.flatMap(file => importsOf(file).flatMap(specifier => violationOf(file, specifier) ?? []))
}

function violationOf(file: ProjectFile, specifier: string): string | undefined {
  const target = targetOf(file.path, specifier)
  const problem = target.kind === 'package' ? packageProblem(file, target.name) : fileProblem(file, target.path)
  return problem && `${file.path} imports ${target.kind === 'package' ? target.name : target.path}: ${problem}`
}

function packageProblem(file: ProjectFile, name: string): string | undefined {
  const client = clients.find(({ packages }) => packages.test(name))
  if (client === undefined || isTest(file) || client.folders.some(folder => isIn(file.path, folder))) return undefined
  const where = [...client.folders, 'tests'].join(' and ')
  return `${name} belongs to ${where} only; clients stay at the edge so that they can be replaced`
}

function fileProblem(file: ProjectFile, path: string): string | undefined {
  if (path.startsWith('..') || path.startsWith('/')) return 'outside the project; a clone would not have it'
  const from = topOf(file.path)
  const to = topOf(path)
  if (contracts.has(path) || to === 'model') return from === 'model' && to !== 'model' ? modelAlone : undefined
  if (isTest(file)) return undefined
  return directionProblem(from, to) ?? implementationProblem(file.path, path)
}

const modelAlone = 'model imports nothing, so that everything may import it'

function directionProblem(from: string, to: string): string | undefined {
  const allowed = mayImport[from]
  if (allowed === undefined) return `folder ${from} is not in the table; say what it owns and what it may import first`
  if (from === 'model' && to !== 'model') return modelAlone
  if (from === to || allowed === everything || allowed.includes(to)) return undefined
  const list = ['model', 'contracts', ...allowed].join(', ')
  return `${from} may import ${list}; nothing flows backwards, a consumer reads a log and never calls its producer`
}

function implementationProblem(from: string, path: string): string | undefined {
  const owner = ownerOf(path)
  if (owner === undefined || wiring.test(from)) return undefined
  // Within one owner its parts may know each other; `storage` owns what neither series nor state does.
  if (ownerOf(from) === owner) return undefined
  return `an implementation of ${owner}, which only server/wire, server/threads, server/cli and tests may choose; import its contract, so that another can take its place`
}

function ownerOf(path: string): string | undefined {
  return implementations.filter(folder => isIn(path, folder)).sort((a, b) => b.length - a.length)[0]
}

/** Tests and measurements may choose any implementation; contract suites, which stand beside contracts, import vitest. */
function isTest(file: ProjectFile): boolean {
  if (file.path.endsWith('.test.ts') || isIn(file.path, 'tests') || isIn(file.path, 'bench')) return true
  return importsOf(file).includes('vitest')
}

const isIn = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)
const topOf = (path: string): string => path.split('/')[0] ?? ''
