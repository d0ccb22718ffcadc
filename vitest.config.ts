import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SlowestFiles } from './tests/slowest-files.ts'

const wholeSystem = ['**/*.system.test.ts', '**/*.long.test.ts']
/** `SEN_TEST=long` (and `soak`) adds the tests that are long by name, and lengthens others. */
const left = process.env['SEN_TEST'] === undefined ? ['**/*.long.test.ts'] : []

/** They measure how long others wait or how much memory stands, or play at 360 times the pace: nothing else may run beside them. */
const measuring = [
  'tests/load/**/*.{system,long}.test.ts',
  'tests/durability/{orderly-stop,ready-again}.system.test.ts',
  'tests/durability/{disk-full,slow-disk}.long.test.ts',
  'tests/protocol/keep-alive.long.test.ts',
  'tests/content/{clock-jump,compressed-bodies,event-costs,json-doors}.system.test.ts',
  'tests/content/{fuzz,hostile-codecs}.long.test.ts',
  'simulators/scenarios/in-time.system.test.ts'
]

const elsewhere = ['node_modules/**', 'dashboards/console/dist/**']

/** A folder in memory where there is one with room: a unit test's files need not outlive the power. */
function scratchFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize > 2 ** 30 ? '/dev/shm' : tmpdir()
  } catch {
    return tmpdir()
  }
}

export default defineConfig({
  test: {
    reporters: ['default', new SlowestFiles()],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    env: { UV_THREADPOOL_SIZE: '16' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...elsewhere, ...wholeSystem],
          pool: 'threads',
          isolate: false,
          env: { TMPDIR: scratchFolder() },
          expect: { requireAssertions: true },
          maxWorkers: 2,
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: 'system',
          globalSetup: './tests/built-console.ts',
          include: wholeSystem,
          exclude: [...elsewhere, ...measuring, ...left],
          pool: 'forks',
          // Much of their time goes on waiting for what Sen does once a minute.
          maxWorkers: 2,
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: {
          name: 'measuring',
          include: measuring,
          exclude: [...elsewhere, ...left],
          pool: 'forks',
          maxWorkers: 1,
          sequence: { groupOrder: 2 }
        }
      }
    ]
  }
})
