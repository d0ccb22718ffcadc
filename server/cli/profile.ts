import { Command } from 'commander'
import type { CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import { importProfiles } from '../../devices/collections/import-profiles.ts'
import type { Import } from '../../devices/collections/import-profiles.ts'
import type { MismatchReason } from '../../devices/collections/outcome.ts'
import type { Collection } from '../../devices/collections/published-codec.ts'
import { readCollection } from '../../devices/collections/read-collection.ts'
import { tryCodec } from '../../devices/collections/try-codec.ts'
import type { Trial } from '../../devices/collections/try-codec.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import { profilesFolder, settingsOf } from '../config.ts'
import { threadLog } from '../log.ts'
import { openTrialRuntime } from '../wire/codec-runtime.ts'
import { printRows } from './print-rows.ts'

/** `sen profile`: kinds of device, and codecs that others published. */
export function commands(): readonly Command[] {
  const command = new Command('profile').description('kinds of device, and the codecs that others publish')
  command
    .command('try <folder>')
    .description('runs every published codec of a folder against its own examples and counts')
    .action(tryFolder)
  command
    .command('import <folder>')
    .description('makes profiles of a device repository or of one vendor’s folder; the next start of Sen loads them')
    .option('--into <folder>', 'where to (default: SEN_DATA/profiles)')
    .option('--replace', 'writes over profiles imported before')
    .option('--dry-run', 'tries everything and writes nothing')
    .action(importFolder)
  return [command]
}

/** The examples' mismatches on standard output, one a line, tab separated; then the counts. */
async function tryFolder(folder: string): Promise<void> {
  await withCodecs(folder, async (collection, runtime) => {
    const trials: Trial[] = []
    for (const codec of collection.codecs) {
      const trial = await tryCodec(codec, runtime)
      trials.push(trial)
      printRows(mismatchRows(trial))
      showProgress(trials.length, collection.codecs.length)
    }
    printRows(countRows(collection, trials))
  })
}

function mismatchRows({ codec, outcomes, isStateful, problem }: Trial): readonly (readonly string[])[] {
  const rows: string[][] = codec.problems.map(text => ['unreadable-example', codec.path, '', text])
  if (problem !== undefined) rows.push(['unusable', codec.path, '', problem])
  if (isStateful)
    rows.push(['stateful', codec.path, '', 'its answers depend on earlier calls: each gets a fresh context'])
  for (const { example, outcome } of outcomes) {
    if (outcome.kind === 'mismatch') rows.push([outcome.reason, codec.path, example.title, outcome.detail])
  }
  return rows.map(row => row.map(text => text.replace(/[\t\r\n]+/g, ' ').slice(0, 300)))
}

function countRows(
  { layout, codecs }: Collection,
  trials: readonly Trial[]
): readonly (readonly (string | number)[])[] {
  const outcomes = trials.flatMap(trial => trial.outcomes.map(({ outcome }) => outcome))
  const reasons = new Map<MismatchReason, number>()
  for (const outcome of outcomes) {
    if (outcome.kind === 'mismatch') reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1)
  }
  return [
    ['layout', layout],
    ['codecs', codecs.length],
    ['codecs with examples', codecs.filter(({ examples }) => examples.length > 0).length],
    ['codecs without examples that cannot be used', trials.filter(({ problem }) => problem !== undefined).length],
    ['codecs that keep state', trials.filter(({ isStateful }) => isStateful).length],
    ['examples', outcomes.length],
    ['examples met', outcomes.filter(({ kind }) => kind === 'alike').length],
    ...[...reasons].map(([reason, count]) => [`examples not met: ${reason}`, count])
  ]
}

interface ImportOptions {
  readonly into?: string
  readonly replace?: true
  readonly dryRun?: true
}

async function importFolder(folder: string, { into, replace, dryRun }: ImportOptions): Promise<void> {
  const target = into ?? profilesFolder(settingsOf(process.env))
  const taken = new Set((await loadProfiles()).keys())
  await withCodecs(folder, async (collection, runtime) => {
    const switches = { isReplacing: replace === true, isDryRun: dryRun === true }
    let done = 0
    for await (const one of importProfiles({ folder, collection, into: target, taken, runtime, ...switches })) {
      printRows([importRow(one)])
      showProgress(++done, collection.devices.length)
    }
  })
  if (dryRun !== true) process.stderr.write(`Profiles are in ${target}; Sen loads them at its next start.\n`)
}

function importRow(one: Import): readonly (string | number)[] {
  if (one.kind === 'left') return ['left', one.id, one.reason.replace(/\s+/g, ' ').slice(0, 300)]
  const { fields, unknown } = one.proposal
  const mapped = Object.entries(fields).map(([field, to]) =>
    typeof to === 'string' ? `${field}→${to}` : `${field}×${to.scale}→${to.metric}`
  )
  return [
    'imported',
    one.id,
    `${one.examples} examples`,
    mapped.join(' '),
    `not mapped: ${unknown.join(' ') || 'none'}`
  ]
}

async function withCodecs(
  folder: string,
  use: (collection: Collection, runtime: CodecRuntime) => Promise<void>
): Promise<void> {
  const runtime = openTrialRuntime(threadLog('profile', { SEN_LOG: 'error' }))
  await runtime.start()
  try {
    await use(await readCollection(folder, runtime), runtime)
  } finally {
    await runtime.stop()
  }
}

/** Beside the results, and only for people. */
function showProgress(done: number, all: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\r${done} of ${all}${done === all ? '\n' : ''}`)
}
