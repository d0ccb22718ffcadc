import { parseArgs } from 'node:util'
import { chirpstack } from './chirpstack.ts'
import { codec } from './codec.ts'
import { farm } from './farm.ts'
import type { Figure, Run, Subject } from './figure.ts'
import { idle } from './idle.ts'
import { journal } from './journal.ts'
import { people } from './people.ts'
import { puback } from './puback.ts'
import { circumstances, standing, tables, writeBetweenMarks } from './report.ts'
import { rules } from './rules.ts'
import { start } from './start.ts'
import { storage } from './storage.ts'

/*
 * Everything that is measured, in one command:
 *
 *     npm run bench                              all, and docs/performance.md is written anew
 *     npm run bench -- --only farm,puback        some of it, shown only
 *     npm run bench -- --quick                   short runs, to see that all of it works; shown only
 *     npm run bench -- --only farm --profile     also where Sen's time goes, by thread and function
 *
 * SEN_BENCH=full stores 43 million points instead of 4.3, and guesses 100,000 passwords instead of 5,000. TMPDIR decides on
 * which disk everything lies. The figures are honest only on a machine that does nothing else. Exits with 1 if a run does
 * not count.
 */
const subjects: readonly Subject[] = [farm, chirpstack, puback, storage, start, idle, people, codec, rules, journal]

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false }
  }
})

const began = performance.now()
const chosen = chosenSubjects(options.only)
const run: Run = {
  seconds: Number(options.seconds ?? (options.quick ? 3 : 10)),
  guesses: process.env['SEN_BENCH'] === 'full' ? 100_000 : 5000,
  points: options.quick ? 430_000 : process.env['SEN_BENCH'] === 'full' ? 43_000_000 : 4_300_000,
  isProfiled: options.profile,
  tell: text => {
    process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}\n`)
  }
}
if (!(run.seconds > 0)) fail(`--seconds ${options.seconds} is not above 0`)

const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
const figures: Figure[] = []
for (const subject of chosen) figures.push(...(await measured(subject)))
const { SEN_BENCH: size } = process.env
const text = [
  ...circumstances(size === undefined ? command : `SEN_BENCH=${size} ${command}`).map(line => `- ${line}`),
  `- loads of ${run.seconds} s each`,
  '',
  tables(figures)
].join('\n')
process.stdout.write(`\n${text}\n`)
const uncounted = figures.filter(figure => standing(figure) === 'does not count')
if (uncounted.length > 0) {
  process.exitCode = 1
  run.tell(`${uncounted.length} figures do not count; docs/performance.md is left as it was`)
} else if (options.only === undefined && !options.quick) {
  writeBetweenMarks(new URL('../docs/performance.md', import.meta.url), text)
}

async function measured(subject: Subject): Promise<readonly Figure[]> {
  run.tell(`${subject.name}: ${subject.about}`)
  try {
    return await subject.measure(run)
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200) ?? ''
    run.tell(`${subject.name} failed: ${error instanceof Error ? error.stack : String(error)}`)
    return [{ what: subject.name, value: Number.NaN, unit: '', problem }]
  }
}

function chosenSubjects(only: string | undefined): readonly Subject[] {
  if (only === undefined) return subjects
  return only.split(',').map(name => {
    const subject = subjects.find(one => one.name === name)
    return subject ?? fail(`no subject ${name}; there are ${subjects.map(one => one.name).join(', ')}`)
  })
}

function fail(message: string): never {
  process.stderr.write(`bench: ${message}\n`)
  process.exit(2)
}
